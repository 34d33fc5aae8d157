import type { Page } from "playwright-core";
import { ADMIN, type TestServer } from "./server.ts";

/** Opens an address of the panel as somebody who has signed in before, without the form. Who signs out stays signed out. */
export async function openPanel(
  page: Page,
  server: TestServer,
  path: string,
  { email, password }: { email: string; password: string } = ADMIN,
): Promise<void> {
  // What the panel keeps is what the server answered.
  const session = JSON.stringify(await server.signIn(email, password));
  await page.addInitScript(
    ([origin, kept]) => {
      if (location.origin !== origin || sessionStorage.getItem("was-signed-in")) return;
      sessionStorage.setItem("was-signed-in", "yes");
      localStorage.setItem("renus-admin", kept);
    },
    [server.url, session] as const,
  );
  await page.goto(server.url + path);
  await page.getByRole("banner").waitFor();
}
