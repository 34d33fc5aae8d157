import type { Page } from "playwright-core";

/** Adds to the list what the browser complains about: thrown, not caught, refused by the policy. Answers of 4xx and 5xx are tests' own. */
export function hearComplaints(page: Page, complaints: string[]): void {
  page.on("pageerror", (err) => complaints.push(String(err)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
}
