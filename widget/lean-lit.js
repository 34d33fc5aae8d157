import { html } from "lit-html";
import { _$LH as lit } from "lit-html/private-ssr-support.js";

/**
 * lit-html as a widget needs it, made from its readable build: with the flags that Lit's own release build sets, without the
 * marker on `window`, without the kinds of bindings that no template here has (properties, booleans, elements, raw text,
 * comments, SVG fragments, directives), and with templates that Lit's own code has read at build time instead of in the
 * browser. What is not found any more stops the build: look at the new version then.
 *
 * A template is known by an object that only `prepare` makes, so that no data can pass for one.
 */
const MARKER = "$";
const SUFFIX = "$";
const PATH = new URL("../node_modules/lit-html/development/lit-html.js", import.meta.url).pathname;

/** Beginning of a statement, member or expression → what stands there instead. */
const CUTS = {
  "const DEV_MODE = true": "const DEV_MODE = false",
  "const ENABLE_EXTRA_SECURITY_HOOKS = true": "const ENABLE_EXTRA_SECURITY_HOOKS = false",
  "const ENABLE_SHADYDOM_NOPATCH = true": "const ENABLE_SHADYDOM_NOPATCH = false",
  "const boundAttributeSuffix =": `const boundAttributeSuffix = ${JSON.stringify(SUFFIX)};`,
  "const marker =": `const marker = ${JSON.stringify(MARKER)};`,
  "(global.litHtmlVersions ??= []).push(": "",
  "if (DEV_MODE && global.litHtmlVersions": "",
  "export const _$LH =": "",
  "const polyfillSupport =": "",
  "polyfillSupport?.(": "",
  "const isIterable =": "const isIterable = isArray;",
  "function trustFromTemplateString(": `const prepared = new WeakMap();
    export const prepare = (markup) => {
      const template = {};
      prepared.set(template, policy ? policy.createHTML(markup) : markup);
      return template;
    };`,
  "const getTemplateHtml =": "",
  "const partCount = strings.length - 1": "",
  "const [html, attrNames] = getTemplateHtml(": `const html = prepared.get(strings); if (!html) throw new Error("not a template");`,
  "if (type === SVG_RESULT || type === MATHML_RESULT)": "",
  "(node = walker.nextNode()) !== null && parts.length < partCount": "(node = walker.nextNode()) !== null",
  "const realName = attrNames[": "const realName = name.slice(0, -1);",
  "m[1] === '.'": "m[1] === '@' ? EventPart : AttributePart",
  "if (name.startsWith(marker))": "",
  "if (rawTextElement.test(node.tagName))": "",
  "if (data === markerMatch)": "if (data === markerMatch) parts.push({ type: CHILD_PART, index: nodeIndex });",
  "function resolveDirective(": "",
  "resolveDirective(this, newListener, directiveParent, 0)": "newListener",
  "resolveDirective(this, values[valueIndex + i], directiveParent, i)": "values[valueIndex + i]",
  "resolveDirective(this, value, directiveParent, 0)": "value",
  "resolveDirective(this, value, directiveParent)": "value",
  "if (templatePart.type === ELEMENT_PART)": "",
  "options?.creationScope ?? d": "d",
  "options?.isConnected ?? true": "true",
  "options?.renderBefore ?? ": { container: "container", null: "null" },
  "typeof type === 'number'": "this._$getTemplate(result)",
  "this._$disconnectableChildren = undefined": "",
  "this._$notifyConnectionChanged?.(": "",
  "value !== this._$committedValue && value !== noChange": "value !== this._$committedValue",
  "if (newListener === noChange)": "",
  "if (v === noChange)": "",
  "(newListener === nothing && oldListener !== nothing)": "newListener === nothing && oldListener !== nothing",
  "if (typeof this._$committedValue === 'function')": "this._$committedValue.call(this.element, event);",
  "get parentNode()": "",
  "get _$isConnected()": "",
  "get startNode()": "",
  "get endNode()": "",
  "get tagName()": "",
  "setConnected(isConnected)": "",
};

/** In place of lit-html. */
export function leanLit() {
  return {
    name: "lean-lit",
    resolveId: (source) => (source === "lit/html.js" ? PATH : null),
    transform(code, id) {
      if (id !== PATH) return null;
      const missing = new Set(Object.keys(CUTS));
      const edits = [];
      const visit = (node) => {
        const text = code.slice(node.start, node.end);
        const cut = Object.keys(CUTS).find((start) => text.startsWith(start));
        if (cut !== undefined && node.type !== "Program") {
          missing.delete(cut);
          const instead = typeof CUTS[cut] === "string" ? CUTS[cut] : CUTS[cut][text.slice(cut.length)];
          edits.push([node.start, node.end, instead || (node.type === "MethodDefinition" ? "" : ";")]);
        } else for (const child of childrenOf(node)) visit(child);
      };
      visit(this.parse(code));
      if (missing.size > 0) this.error(`lit-html has changed. Not found any more: ${[...missing].join(" · ")}`);
      return { code: applyEdits(code, edits), map: null };
    },
  };
}

/** Reads templates as Lit would in the browser. Call it last: what it leaves is no template literal any more. */
export function prepareTemplates() {
  return {
    name: "prepare-templates",
    transform(code, id) {
      if (!id.includes("/widget/") || !code.includes("html`")) return null;
      const edits = [];
      const templates = [];
      const visit = (node) => {
        if (node.type === "TaggedTemplateExpression" && node.tag.name === "html") {
          const { quasis, expressions } = node.quasi;
          const ends = [node.quasi.start, ...expressions.map((one) => one.end)];
          const starts = [...expressions.map((one) => one.start), node.quasi.end];
          const name = `template${templates.length}`;
          templates.push(`const ${name} = /* @__PURE__ */ prepare(${JSON.stringify(markupOf(quasis))});`);
          ends.forEach((from, at) => {
            const isLast = at === expressions.length;
            edits.push([from, starts[at], `${at === 0 ? `(${name}` : ""}${isLast ? ")" : ","}`]);
          });
        }
        for (const child of childrenOf(node)) visit(child);
      };
      visit(this.parse(code));
      return {
        code: `import { prepare } from "lit/html.js";\n${templates.join("\n")}\n${applyEdits(code, edits)}`,
        map: null,
      };
    },
  };
}

function markupOf(quasis) {
  const texts = quasis.map((quasi) => quasi.value.raw);
  if (texts.some((text) => text.includes("\\") || text.includes("$")))
    throw new Error(`No escapes in templates: ${texts.join("…")}`);
  const [markup] = lit.getTemplateHtml(Object.assign([...texts], { raw: texts }), html``._$litType$);
  return String(markup)
    .replaceAll(lit.boundAttributeSuffix, () => SUFFIX)
    .replaceAll(lit.marker, () => MARKER);
}

const childrenOf = (node) =>
  Object.values(node)
    .flat()
    .filter((one) => one?.type);

function applyEdits(code, edits) {
  for (const [start, end, text] of edits.sort(([a], [b]) => b - a)) code = code.slice(0, start) + text + code.slice(end);
  return code;
}
