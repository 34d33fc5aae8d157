/** Prints what `check` returns; says why and exits non-zero when it throws. */
export async function report(check: () => Promise<string>): Promise<void> {
  try {
    console.log(await check());
  } catch (err) {
    console.error(`The check failed: ${(err as Error).message}`);
    process.exit(1);
  }
}
