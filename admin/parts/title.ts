/** The tab's title; the most particular part first. */
export function setTitle(...parts: string[]): void {
  document.title = [...parts.filter(Boolean), "Renus"].join(" · ");
}
