/** "Your e-mail?" → "your_e_mail", unlike any of `taken`. */
export function fieldKey(label: string, taken: ReadonlySet<string>): string {
  const plain = label
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  const base = /^[a-z]/.test(plain) ? plain.slice(0, 36) : `field_${plain}`.slice(0, 36).replace(/_+$/, "");
  let key = base;
  for (let n = 2; taken.has(key); n++) key = `${base}_${n}`;
  return key;
}
