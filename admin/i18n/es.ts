/** English sentence → its translation. A test tells what is missing or left over. */
export const words: Readonly<Record<string, string>> = {
  Agents: "Agentes",
};
