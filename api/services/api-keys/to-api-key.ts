import { API_KEY_SCOPES, type ApiKeyScope } from "../../../protocol/codes.ts";
import type { ApiKey } from "../../../protocol/resources.ts";
import { AppError } from "../../errors.ts";

export const API_KEY_COLUMNS = [
  "id",
  "name",
  "prefix",
  "client_id",
  "scopes",
  "created_by",
  "created_at",
  "expires_at",
  "last_used_at",
] as const;

type Row = Omit<ApiKey, "scopes"> & { scopes: string[] };

export function toApiKey(row: Row): ApiKey {
  const { id, name, prefix, client_id, created_by, created_at, expires_at, last_used_at } = row;
  return { id, name, prefix, client_id, scopes: toScopes(row.scopes), created_by, created_at, expires_at, last_used_at };
}

export function toScopes(stored: readonly string[]): ApiKeyScope[] {
  return API_KEY_SCOPES.filter((scope) => stored.includes(scope));
}

export const apiKeyNotFound = () => new AppError("NOT_FOUND", "This key does not exist, or you may not see it.");
