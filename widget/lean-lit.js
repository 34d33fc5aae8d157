/**
 * lit-html as the chat uses it, from its readable build: with the flags that Lit's own release build sets, without the
 * marker on `window`, and without the kinds of bindings that no template here has (properties, booleans, elements, raw text,
 * comments, SVG fragments, directives). What is not found any more stops the build: look at the new version then.
 */
const FLAGS = ["DEV_MODE", "ENABLE_EXTRA_SECURITY_HOOKS", "ENABLE_SHADYDOM_NOPATCH"];

/** Beginning of a statement or expression → what stands there instead. */
const CUTS = {
  "(global.litHtmlVersions ??= []).push(": "",
  "if (DEV_MODE && global.litHtmlVersions": "",
  "const polyfillSupport =": "",
  "polyfillSupport?.(": "",
  "function resolveDirective(": "const resolveDirective = (_part, value) => value;",
  "m[1] === '.'": "m[1] === '@' ? EventPart : AttributePart",
  "if (name.startsWith(marker))": "",
  "if (rawTextElement.test(node.tagName))": "",
  "if (rawTextElement.test(match[TAG_NAME]))": "",
  "if (type === SVG_RESULT || type === MATHML_RESULT)": "",
  "type === SVG_RESULT": "''",
  "if (templatePart.type === ELEMENT_PART)": "",
};

export function leanLit() {
  return {
    name: "lean-lit",
    resolveId: (source) =>
      source === "lit/html.js" ? new URL("../node_modules/lit-html/development/lit-html.js", import.meta.url).pathname : null,
    transform(code, id) {
      if (!id.endsWith("/lit-html/development/lit-html.js")) return null;
      const edits = [];
      const missing = new Set([...FLAGS, ...Object.keys(CUTS)]);
      const visit = (node) => {
        const text = code.slice(node.start, node.end);
        const flag = node.type === "VariableDeclaration" && FLAGS.find((one) => text === `const ${one} = true;`);
        const cut = Object.keys(CUTS).find((start) => text.startsWith(start));
        if (flag || cut !== undefined) {
          missing.delete(flag || cut);
          edits.push([node.start, node.end, flag ? `const ${flag} = false;` : CUTS[cut] || ";"]);
          return;
        }
        for (const child of Object.values(node))
          for (const one of Array.isArray(child) ? child : [child]) if (one?.type) visit(one);
      };
      visit(this.parse(code));
      if (missing.size > 0) throw new Error(`lit-html has changed: not found any more: ${[...missing].join(", ")}`);
      edits.sort(([a], [b]) => b - a);
      for (const [start, end, instead] of edits) code = code.slice(0, start) + instead + code.slice(end);
      return { code, map: null };
    },
  };
}
