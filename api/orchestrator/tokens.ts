/** About as many tokens as a common tokenizer makes: four Latin letters each, fewer of other scripts. Never too few by much. */
export function approximateTokens(text: string): number {
  let ascii = 0;
  let other = 0;
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) < 0x80) ascii++;
    else other++;
  }
  return Math.ceil(ascii / 4 + other / 1.5);
}
