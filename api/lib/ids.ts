const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What PostgreSQL takes as a uuid in its usual form. Anything else names nothing. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}
