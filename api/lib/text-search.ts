/** Small words that say nothing about the subject, in the three languages of the interface, folded. */
const STOP_WORDS = new Set(
  (
    "a an and any are as at be but by can could do does for from had has have how i if in is it its me my no not of on or our so " +
    "that the their them then there these they this to too us was we were what when where which who why will with would you your " +
    "o os um uma uns umas e ou de da do das dos em na no nas nos por para com sem que qual quais quem quando onde como eu tu voce " +
    "voces ele ela eles elas nos meu minha seu sua isso isto esse essa este esta ao aos se ja mais mas muito tem ter sao ser foi " +
    "el la los las un una unos unas y del al en con sin cual cuales quien donde como yo ella ellos ellas mi tu su eso esto ese " +
    "esa es son ser fue hay mas pero muy tiene tienen puedo puede posso pode hello hi ola oi hola please thanks"
  ).split(" "),
);

/** Lower case without accents: "Preços" and "precos" are the same word to a visitor on a phone. */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase();
}

/** The folded words of a text, in order. */
export function words(text: string): string[] {
  return fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Words that carry the subject, without plural endings. */
export function keywords(text: string): string[] {
  return words(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map((word) => (word.length > 3 ? word.replace(/(?<=[^s])s$/u, "") : word));
}

export interface RankedPassage {
  index: number;
  score: number;
}

/**
 * Passages that share words with the query, best first; equal scores keep their order. Okapi BM25 with k1 = 1.2 and
 * b = 0.75 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).
 */
export function rankPassages(passages: readonly string[], query: string): RankedPassage[] {
  const documents = passages.map(keywords);
  const averageLength = documents.reduce((sum, document) => sum + document.length, 0) / (documents.length || 1) || 1;
  const asked = [...new Set(keywords(query))];
  const weights = asked.map((word) => {
    const holders = documents.filter((document) => document.includes(word)).length;
    return Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5));
  });
  return documents
    .map((document, index) => {
      let score = 0;
      asked.forEach((word, position) => {
        const count = document.filter((other) => other === word).length;
        const lengthFactor = 1.2 * (0.25 + (0.75 * document.length) / averageLength);
        score += (weights[position]! * count * 2.2) / (count + lengthFactor);
      });
      return { index, score };
    })
    .filter((passage) => passage.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index);
}
