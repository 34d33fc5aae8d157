import type { Client } from "../../protocol/resources.ts";
import { listClients } from "../api.ts";

/** By name from A to Z; for administrators. Throws ApiError. */
export async function allCompanies(signal: AbortSignal): Promise<Client[]> {
  const companies: Client[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listClients>> = await listClients({ limit: 100, cursor }, signal);
    companies.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return companies.toSorted((a, b) => a.name.localeCompare(b.name));
}
