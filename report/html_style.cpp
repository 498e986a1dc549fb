#include "report/html_page.h"

namespace faultline {

const char* style_sheet() {
  return R"css(
:root { color-scheme: light dark;
  --paper: #fdfcf9; --ink: #1f1e1b; --soft: #5b5852; --rule: #dcd8cf; --tint: #f4f1ea; --link: #1c4e80; --warn: #7a4a00; --warn-tint: #fbf1dc;
  --c0: #0b62a4; --c1: #b8470b; --c2: #0d7a5c; --c3: #9a3f7d; --c4: #5a5bb0; --noise: #77736b; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #171715; --ink: #e9e6df; --soft: #a8a399; --rule: #3a3832; --tint: #21201d; --link: #8fc1ee; --warn: #f0c170; --warn-tint: #2e2614;
  --c0: #6db6ee; --c1: #f0935a; --c2: #58c9a5; --c3: #de92c5; --c4: #a9aaf0; --noise: #a29d93; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 Charter, "Bitstream Charter", "Source Serif 4", Cambria, Georgia, "DejaVu Serif", serif; }
main, header, nav, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
h1 { font-size: 2rem; line-height: 1.2; font-weight: 600; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; font-weight: 600; margin: 3.2rem 0 .6rem; padding-top: .9rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.05rem; font-weight: 600; margin: 1.8rem 0 .4rem; }
p, ul { max-width: 46rem; margin: .5rem 0 .9rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .3rem .6rem; }
.soft { color: var(--soft); }
.about, nav, table, figure, .strip, summary, .mark, .fine { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
.about { color: var(--soft); font-size: .9rem; max-width: none; overflow-wrap: anywhere; }
.fine { font-size: .86rem; color: var(--soft); line-height: 1.5; }
.unfinished { font-weight: 600; border-left: .3rem solid currentColor; padding-left: .8rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .88rem; max-width: none; }
.finding { margin: 1.6rem 0 1.9rem; max-width: 56rem; }
.finding .lead { font-size: 1.18rem; line-height: 1.5; margin: 0 0 .35rem; padding: 0; border: 0; max-width: none; overflow-wrap: break-word; }
.lead .verdict { margin-left: .4rem; font-size: .92em; }
.finding .sure { margin: 0; color: var(--soft); font-size: .95rem; max-width: none; }
.mark { font-size: .7rem; letter-spacing: .02em; border: 1px solid var(--rule); border-radius: .8em; padding: .05em .6em; color: var(--soft); vertical-align: .12em; white-space: nowrap; font-weight: 400; }
.verdict { font-weight: 600; border-bottom: 2px solid var(--rule); }
.warn { color: var(--warn); }
.finding .warn { font-size: .95rem; margin: .3rem 0 0; max-width: none; }
.scroll { overflow-x: auto; margin: .8rem 0 1.2rem; }
table { border-collapse: collapse; font-size: .84rem; line-height: 1.4; min-width: min(100%, 63rem); font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: 0 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .34rem .8rem .34rem 0; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; }
thead th { color: var(--soft); font-weight: 500; vertical-align: bottom; border-bottom-color: var(--soft); }
td.n, th.n { text-align: right; } td.n, td.label { white-space: nowrap; }
thead th.n { min-width: 4.4rem; }
td small { display: block; color: var(--soft); font-size: .92em; }
tr.group th { padding-top: 1.3rem; font-size: 1.02em; border-bottom-color: var(--soft); }
tr.group .spec { font-weight: 400; color: var(--soft); overflow-wrap: anywhere; }
tr.noise td { color: var(--soft); }
tr.note td { background: var(--warn-tint); color: var(--warn); padding-left: .7rem; max-width: 40rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1.2rem 1.4rem; }
figure { margin: 0; } .grid figure { display: flex; flex-direction: column; justify-content: space-between; }
figcaption { font-size: .84rem; color: var(--soft); line-height: 1.45; margin: .2rem 0 .5rem; }
figcaption strong { color: var(--ink); font-weight: 600; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font: 11.3px system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; fill: var(--soft); }
svg .floor { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 1 3; }
svg .stripe { fill: var(--noise); opacity: .22; stroke: none; }
svg .grid-line { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .line { fill: none; stroke-width: 1.9; stroke-linejoin: round; }
svg .band { stroke: none; opacity: .14; }
svg .dot { stroke: var(--paper); stroke-width: 1.2; }
svg .tie { stroke-width: .8; opacity: .6; }
.s0 { --s: var(--c0); } .s1 { --s: var(--c1); } .s2 { --s: var(--c2); } .s3 { --s: var(--c3); } .s4 { --s: var(--c4); } .sn { --s: var(--noise); }
svg .line, svg .tie { stroke: var(--s); } svg .band, svg .dot { fill: var(--s); } svg text.name { fill: var(--s); font-weight: 500; }
.plot { max-width: 38rem; margin: .6rem 0 1.4rem; }
.key { white-space: nowrap; margin-right: 1.1rem; } .key svg { display: inline-block; width: .75rem; height: .75rem; margin-right: .35rem; vertical-align: -.05em; }
.panel { margin: .6rem 0 1.4rem; }
.strip { display: grid; grid-template-columns: repeat(5, minmax(7rem, 1fr)); gap: .7rem; min-width: 38rem; max-width: 60rem; }
.strip.long { grid-template-columns: none; grid-auto-flow: column; grid-auto-columns: 6.5rem; min-width: 0; max-width: none; margin-bottom: .8rem; }
.strip div { font-size: .78rem; color: var(--soft); }
.strip img { display: block; width: 100%; image-rendering: pixelated; border: 1px solid var(--rule); margin-bottom: .25rem; }
.strip.six { grid-template-columns: repeat(6, minmax(6rem, 1fr)); }
.case { border-left: .3rem solid var(--warn); padding-left: 1rem; margin: 1.2rem 0 2rem; } .case h4 { font-size: 1.05rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
.case dl { display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: .2rem 1rem; margin: .5rem 0 1rem; max-width: 52rem; font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; font-size: .88rem; }
.case dt { color: var(--soft); } .case dd { margin: 0; overflow-wrap: anywhere; } .panel figcaption, .refs { overflow-wrap: anywhere; }
code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
th.stuck { position: sticky; left: 0; background: var(--paper); min-width: 9rem; max-width: 14rem; } th.stuck small { display: block; color: var(--soft); font-weight: 400; font-size: .92em; }
.matrix thead th { min-width: 6.5rem; overflow-wrap: anywhere; } .matrix td.fault { background: var(--warn-tint); } .matrix td.fault, .matrix td.fault a { color: var(--warn); font-weight: 600; } .matrix table { border-collapse: separate; border-spacing: 0; } .matrix td, .matrix thead th + th { padding-left: .4rem; } sup { line-height: 0; } .matrix td.faint { color: var(--soft); }
.case table { min-width: 0; } td.bar { min-width: 7rem; width: 9rem; } td.bar svg { height: .8rem; margin-top: .25rem; }
.scale { width: 10.5rem; height: .5rem; vertical-align: .05em; border: 1px solid var(--rule); image-rendering: pixelated; }
pre { font: .84rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--tint); border: 1px solid var(--rule); padding: .7rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
td.source { min-width: 10rem; } td small.refs { max-width: 22rem; }
td.long { overflow-wrap: anywhere; min-width: 14rem; }
details { margin: .5rem 0; } summary { cursor: pointer; font-size: .92rem; padding: .25rem 0; }
.sign { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: 2.4rem 2rem; margin: 3rem 0 1rem; }
.sign strong { display: block; color: var(--ink); font-weight: 500; overflow-wrap: anywhere; }
.pairs { display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: .25rem 1rem; margin: .6rem 0 1.2rem; max-width: 56rem; font: .92rem/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
.pairs dt { color: var(--soft); } .pairs dd { margin: 0; overflow-wrap: anywhere; } .pairs ul { margin: 0; padding-left: 1.1rem; max-width: none; } .pairs p { margin: 0 0 .3rem; max-width: none; }
.sign div { border-top: 1px solid var(--ink); padding-top: .3rem; font-size: .84rem; color: var(--soft); }
footer { padding-bottom: 4rem; }
button { font: inherit; color: inherit; cursor: pointer; } button:focus-visible, input:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.sort { border: 0; background: none; padding: 0; text-align: inherit; text-decoration: underline dotted; text-decoration-color: var(--soft); text-underline-offset: .2em; }
th[aria-sort] .sort { color: var(--ink); font-weight: 600; } th[aria-sort=ascending] .sort::after { content: " \25b2"; } th[aria-sort=descending] .sort::after { content: " \25bc"; }
.filter { margin: .9rem 0 -.2rem; font: .84rem system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; color: var(--soft); }
.filter input { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: .2rem; padding: .2rem .4rem; width: min(16rem, 60vw); margin: 0 .6rem 0 .2rem; }
.zoom { display: block; width: 100%; border: 0; background: none; padding: 0; cursor: zoom-in; }
.large { border: 1px solid var(--soft); background: var(--paper); color: var(--ink); padding: 1rem; max-width: 96vw; font: .9rem system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
.large::backdrop { background: rgb(0 0 0 / .6); } .large img { display: block; width: min(86vw, 74vh); image-rendering: pixelated; } .large p { margin: .6rem 0 0; max-width: none; }
.bar button { border: 1px solid var(--soft); background: var(--tint); border-radius: .2rem; padding: .25rem .8rem; margin-right: .5rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: .6rem 2.4rem; } .sides h4 { margin: 0 0 .3rem; font-size: .9rem; color: var(--soft); font-weight: 500; }
.sides p { font-size: .95rem; } td.changed { font-weight: 700; } td.changed small { font-weight: 400; }
.card h2 { margin-top: 1.8rem; } .card .pairs, .card ul { font-size: .9rem; }
.narrow { max-width: 34rem; }
@media screen { .out { display: none; } }
@media screen and (min-width: 68rem) { section > .scroll, .matrix > .scroll { margin-right: calc(33.5rem - 50vw); } }
@media (max-width: 40rem) { .pairs { grid-template-columns: minmax(0, 1fr); gap: 0; } .pairs dd { margin-bottom: .5rem; } .case dl { grid-template-columns: minmax(0, 1fr); gap: 0; } .case dd { margin-bottom: .4rem; } th.stuck { min-width: 6rem; max-width: 8rem; } main, header, nav, footer { padding-left: 1rem; padding-right: 1rem; } header { padding-top: 1.6rem; } h1 { font-size: 1.6rem; } .finding .lead { font-size: 1.08rem; } }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --tint: #fff; --link: #000; --warn: #5a3600; --warn-tint: #fff;
    --c0: #0b62a4; --c1: #b8470b; --c2: #0d7a5c; --c3: #9a3f7d; --c4: #5a5bb0; --noise: #77736b; }
  body { font-size: 10pt; } nav, .skip { display: none; } main, header, footer { max-width: none; padding: 0; }
  .scroll { overflow: visible; } table { font-size: 7.5pt; } .strip { min-width: 0; grid-template-columns: repeat(5, 1fr); }
  figure, .finding, tr, .panel, .sign { break-inside: avoid; } h2, h3 { break-after: avoid; } a { text-decoration: none; }
  .filter, dialog { display: none; } .sort { text-decoration: none; } details::details-content { display: block; content-visibility: visible; }
  .band, img { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
)css";
}

}  // namespace faultline
