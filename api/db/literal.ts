/** A text as an SQL literal, whatever `standard_conforming_strings` says. */
export function literal(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? ` E${quoted}` : quoted;
}
