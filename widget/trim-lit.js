/**
 * Takes out of lit-html what no template of the chat uses: directives, element and comment parts, bindings in <script>
 * and <textarea>, svg and math templates, polyfills and the version marker on `window`. Each cut names its exact text, so
 * that a new version of lit-html stops the build instead of changing what it does.
 */
const CUTS = [
  [`,B=t.litHtmlPolyfillSupport;B?.(S,k),(t.litHtmlVersions??=[]).push("3.3.3");`, `;`],
  [`l=2===i?"<svg>":3===i?"<math>":"",`, `l="",`],
  [`(t[s]||"<?>")+(2===i?"</svg>":3===i?"</math>":"")`, `(t[s]||"<?>")`],
  [`,2===i||3===i){const t=this.el.content.firstChild;t.replaceWith(...t.childNodes)}`, `,0);`],
  [`(y.test(u[2])&&(n=RegExp("</"+u[2],"g")),c=p)`, `(c=p)`],
  [`else t.startsWith(o)&&(d.push({type:6,index:l}),r.removeAttribute(t));`, ``],
  [/if\(y\.test\(r\.tagName\)\)\{.*?\}\}(?=else if\(8===)/, `}`],
  [/else\{let t=-1;for\(;-1!==\(t=r\.data.*?\}l\+\+/, `l++`],
  [/function M\(t,i,s=t,e\)\{.*?,i\}(?=class R)/, `function M(t,i){return i}`],
  [`:6===r.type&&(i=new Z(h,this,t))`, `:0`],
  [`"number"==typeof s?this._$AC(t):(void 0===s.el&&(s.el=S.createElement(V(s.h,s.h[0]),this.options)),s)`, `this._$AC(t)`],
  [`get startNode(){return this._$AA}get endNode(){return this._$AB}`, ``],
  [`setConnected(t){void 0===this._$AM&&(this._$Cv=t,this._$AP?.(t))}`, ``],
  [`get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}`, ``],
  [/class Z\{.*?(?=const j=)/, ``],
  [/const j=\{.*?\},?(?=;)/, `const j=0`],
];

export function trimLit() {
  return {
    name: "trim-lit",
    transform(code, id) {
      if (!id.endsWith("/lit-html.js")) return null;
      for (const [from, to] of CUTS) {
        const next = code.replace(from, () => to);
        if (next === code) this.error(`lit-html has changed: ${from} is not in it. Look at widget/trim-lit.js.`);
        code = next;
      }
      return { code, map: null };
    },
  };
}
