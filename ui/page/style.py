"""How the page looks."""

import gradio as gr

THEME = gr.themes.Default(
    primary_hue="teal", neutral_hue="slate", font=["system-ui", "sans-serif"], font_mono=["monospace"]
).set(body_text_color_subdued="*neutral_500", body_text_color_subdued_dark="*neutral_400", color_accent="*primary_700")

CSS = """
.gradio-container {max-width: 1200px !important; margin: 0 auto !important;
  --sure: #5eead4; --problem: #b91c1c; --problem-back: #fef2f2}
.dark .gradio-container {--sure: #0f766e; --problem: #fca5a5; --problem-back: #450a0a66;
  --color-accent: var(--primary-300)}
.gradio-container h1 {font-size: 2rem; margin: .5rem 0 0}
.html-container {padding: 0 !important}
.lead {font-size: 1.1rem; margin: .25rem 0}
.quiet {color: var(--body-text-color-subdued); font-size: .875rem; margin: .25rem 0}
.unseen {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); user-select: none}
.photo {position: relative; margin: 0; width: fit-content; border-radius: var(--radius-lg); overflow: hidden}
.photo img {display: block; max-width: 100%; max-height: 360px; margin: 0}
.photo .look[hidden] {display: none}
.photo .look {position: absolute; inset: 0; width: 100%; height: 100%; max-height: none}
.problem {border-left: 4px solid var(--problem); background: var(--problem-back); color: var(--problem);
  padding: .75rem 1rem; border-radius: var(--radius-md); margin: 0; font-size: 1rem}
.card {border: 1px solid var(--border-color-primary); border-radius: var(--radius-lg); padding: 1rem 1.25rem;
  background: var(--background-fill-primary); min-height: 11rem; height: 100%}
:is(#greedy, #beam) :is(.html-container, .prose) {height: 100%}
.card h2 {margin: 0; font-size: 1rem}
.card h2 small {font-weight: normal; color: var(--body-text-color-subdued); margin-left: .25rem}
.sentence {font-size: 1.4rem; line-height: 1.75; margin: 1.25rem 0 .75rem}
.word {position: relative; padding: .05em .25em; border-radius: .25em; cursor: help;
  background: color-mix(in srgb, var(--sure) var(--share), transparent)}
.word:focus-visible {outline: 2px solid var(--body-text-color); outline-offset: 1px}
.word:hover::after, .word:focus::after {content: attr(data-sure); position: absolute; z-index: 9; left: 50%;
  bottom: 105%; transform: translateX(-50%); padding: .2rem .5rem; border-radius: .25rem; white-space: nowrap;
  font-size: .8rem; line-height: 1.3; background: var(--body-text-color); color: var(--background-fill-primary);
  pointer-events: none}
.facts {margin: .25rem 0}
.facts strong {font-size: 1.1rem}
.doubt {color: var(--problem); margin: .25rem 0}
.card ol {margin: .25rem 0; padding-left: 1.5rem}
.card summary {cursor: pointer; margin-top: .5rem; font-size: .875rem}
.legend, .legend span {display: flex; align-items: center; gap: .5rem}
.legend {flex-wrap: wrap}
.legend span {margin: 0}
.legend i {width: 7rem; height: .8rem; border-radius: .25rem; border: 1px solid var(--border-color-primary);
  background: linear-gradient(90deg, transparent, var(--sure))}
#page {display: grid; gap: var(--spacing-xxl); align-items: start;
  grid: "photo captions" auto "model captions" 1fr "model more" auto / minmax(320px, 2fr) 5fr}
#page > :nth-child(1) {grid-area: photo}
#page > :nth-child(2) {grid-area: captions}
#page > :nth-child(3) {grid-area: model}
#page > :nth-child(4) {grid-area: more}
@media (max-width: 760px) {#page {grid: "photo" "captions" "model" "more" / 100%}}
#captions {display: grid; align-items: stretch; grid-template-columns: repeat(auto-fit, minmax(min(240px, 100%), 1fr))}
#examples {display: grid; grid-template-columns: repeat(auto-fill, minmax(100px, 1fr)); gap: .5rem}
#examples button {flex-direction: column; justify-content: flex-start; gap: .3rem; min-width: 0; padding: .4rem;
  font-weight: normal; font-size: .8rem}
#examples img {width: 100%; height: 72px; object-fit: cover; margin: 0; border-radius: var(--radius-sm)}
.quality {height: auto; max-width: 60rem}
.quality h2 {font-size: 1.25rem}
.quality :is(p, figcaption) {margin: .75rem 0; max-width: 44rem}
.quality table {border-collapse: collapse; width: auto; margin: .5rem 0; border: 0}
.quality :is(table, tr, td, th) {border: 0 !important}
.quality :is(td, th) {border-bottom: 1px solid var(--border-color-primary) !important;
  padding: .35rem .75rem .35rem 0 !important; text-align: left; font-weight: normal;
  vertical-align: top; white-space: nowrap}
.quality thead th, .quality th[scope=row] {font-weight: 600}
.quality small {color: var(--body-text-color-subdued); white-space: nowrap}
.quality .wide {overflow-x: auto; width: 0; min-width: 100%}
.quality figure {margin: 1.5rem 0 0}
.quality img {max-width: 100%; background: white; border-radius: var(--radius-md)}
#upload {min-height: 180px} #clear {width: fit-content; align-self: flex-start} footer .divider {display: none}
.word.differs, .legend .differs {text-decoration: underline wavy 1.5px var(--color-accent);
  text-underline-offset: .25em}
@media (min-width: 761px) {.legend .key {margin-left: 1rem}}
.legend .differs {font-weight: normal; color: var(--body-text-color)}
#third :is(.html-container, .prose) {height: 100%}
.card:has(.followed) {border-color: var(--color-accent)}
.facts strong {white-space: nowrap}
.several {list-style: none; padding: 0 !important}
.several li {margin: 0; padding: .5rem 0; cursor: pointer}
.several li + li {border-top: 1px solid var(--border-color-primary)}
.several .sentence {font-size: 1.1rem; margin: 0}
.several li p {display: block}
.several li > :last-child {font-size: .875rem; margin: 0}
.card.seeing, .card.road {height: auto; min-height: 0}
.seeing[hidden], .seeing [hidden] {display: none !important}
.seeing .head {display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; justify-content: space-between}
.seeing .which {display: flex; flex-wrap: wrap; gap: .25rem; border: 0; padding: 0; margin: 0}
.seeing .which label {display: flex; align-items: center; gap: .35rem; padding: .3rem .7rem; font-size: .875rem;
  border: 1px solid var(--border-color-primary); border-radius: 99rem; cursor: pointer}
.seeing .which label:has(:checked) {border-color: var(--color-accent); color: var(--color-accent); font-weight: 600}
.seeing .which label:has(:focus-visible) {outline: 2px solid var(--body-text-color); outline-offset: 1px}
.seeing .which input {accent-color: var(--color-accent); margin: 0}
.seeing .player {display: flex; flex-wrap: wrap; justify-content: center; gap: 1rem 1.5rem; align-items: start;
  margin-top: 1rem}
.seeing .stage {flex: none; width: clamp(13.5rem, 18rem * var(--ratio, 1), 22rem); max-width: 100%}
.seeing .stage .scene {max-width: calc(18rem * var(--ratio, 1)); margin: 0 auto}
.seeing .scene {display: block; position: relative; width: 100%; aspect-ratio: var(--ratio, 1); overflow: hidden;
  border-radius: var(--radius-md); background: var(--photo) center / 100% 100%}
.seeing .scene img {position: absolute; inset: 0; width: 100%; height: 100%; max-width: none; margin: 0}
.seeing .now {margin: .5rem 0 0; text-align: center; font-size: .875rem; color: var(--body-text-color-subdued)}
.seeing .now strong {font-size: 1.25rem; color: var(--body-text-color); margin-right: .25rem}
.seeing .controls {display: flex; justify-content: center; gap: .5rem; margin-top: .5rem}
.seeing .controls button {display: flex; align-items: center; gap: .4rem; min-width: 2.75rem; height: 2.75rem;
  padding: 0 .75rem; justify-content: center; border: 1px solid var(--border-color-primary); cursor: pointer;
  border-radius: var(--radius-md); background: var(--background-fill-secondary); color: var(--body-text-color)}
.seeing .controls button:hover:enabled {border-color: var(--color-accent)}
.seeing .controls button:disabled {opacity: .4; cursor: default}
.seeing .controls .play {min-width: 6.5rem}
.seeing .controls svg {width: 1.1rem; height: 1.1rem; fill: currentColor}
.seeing .play:not(.playing) .stop, .seeing .play.playing .go {display: none}
.seeing .strip {display: flex; flex: 1 1 13rem; min-width: 0; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0;
  padding: 3px !important; position: relative}
.seeing .strip li {margin: 0; flex: none}
.seeing .strip button {display: block; border: 0; padding: 0; background: none; cursor: pointer; text-align: center;
  color: var(--body-text-color); font-size: .875rem; font-weight: normal;
  width: clamp(3.75rem, 4.5rem * var(--ratio, 1), 7rem)}
.seeing .strip .scene {border-radius: var(--radius-sm)}
.seeing .strip button[aria-current] {font-weight: 600}
.seeing .strip button[aria-current] .scene {outline: 3px solid var(--color-accent)}
.seeing :is(.strip, .controls) button:focus-visible {outline: 2px solid var(--body-text-color); outline-offset: 2px}
@media (max-width: 760px) {
  .seeing .strip {flex-basis: 100%; flex-wrap: nowrap; overflow-x: auto; padding-bottom: .5rem}}
.road > summary h2 {display: inline}
.road > summary {margin: 0 !important}
.road .wide {overflow-x: auto; width: 0; min-width: 100%; margin: .75rem 0; padding: 2px}
.road .wide:focus-visible {outline: 2px solid var(--body-text-color)}
.road svg {display: block}
.road circle {fill: var(--color-accent)}
.road path {fill: none; stroke: var(--body-text-color-subdued)}
.road path.chosen {stroke: var(--color-accent)}
.road path.dropped {stroke-dasharray: 3 4; opacity: .7}
.road rect {fill: var(--background-fill-secondary); stroke: var(--body-text-color-subdued)}
.road .chosen rect {fill: color-mix(in srgb, var(--sure) 45%, var(--background-fill-primary));
  stroke: var(--color-accent); stroke-width: 2px}
.road .dropped rect {fill: none; stroke-dasharray: 3 4}
.road text {text-anchor: middle; font-size: 14px; fill: var(--body-text-color)}
.road .chosen text:first-of-type {font-weight: 600}
.road .dropped text, .road .share {fill: var(--body-text-color-subdued)}
.road .chosen .share {fill: var(--body-text-color)}
.road .share {font-size: 11px !important}
.road .key {list-style: none; padding: 0 !important; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem}
.road .key li {display: flex; align-items: center; gap: .5rem; margin: 0}
.road .key li::before {content: ""; width: 1.5rem; border-top: 4px solid var(--color-accent)}
.road .key .kept::before {border-top: 2px solid var(--body-text-color-subdued)}
.road .key .dropped::before {border-top: 2px dashed var(--body-text-color-subdued)}
.road details ol {font-size: .9rem}
.quality h3 {font-size: 1rem; margin: 1.5rem 0 0}
.quality .examples {table-layout: fixed; width: 100%}
.quality .examples :is(td, th) {white-space: normal; overflow-wrap: anywhere}
.quality .examples th:last-child {width: 4rem}
#many-sources {gap: .5rem} #many-files {min-height: 180px} #many-folder, #many-cancel {width: fit-content}
#many-progress progress {appearance: none; display: block; width: 100%; height: .75rem; border: 0; overflow: hidden;
  border-radius: 1rem; background: var(--border-color-primary)}
#many-progress ::-webkit-progress-bar {background: var(--border-color-primary)}
#many-progress ::-webkit-progress-value {background: var(--color-accent)}
#many-progress ::-moz-progress-bar {background: var(--color-accent)}
#many-downloads {align-items: stretch} #many-downloads button {flex: 1 1 12rem}
#many-table table {width: 100%; border-collapse: collapse; border: 0; margin: .5rem 0; table-layout: fixed}
#many-table :is(table, tr, td, th) {border: 0 !important}
#many-table :is(td, th) {border-bottom: 1px solid var(--border-color-primary) !important; padding: .5rem !important;
  text-align: left; vertical-align: top; font-weight: normal; overflow-wrap: anywhere}
#many-table thead th {font-weight: 600}
#many-table th:first-child {width: 6rem} #many-table th:last-child {width: 5.5rem}
#many-table img {width: 5rem; max-height: 5rem; object-fit: contain; margin: 0}
#many-table label {display: block; font-size: .875rem; color: var(--body-text-color-subdued); margin-bottom: .25rem}
#many-table textarea {width: 100%; font-size: 1rem; padding: .4rem .6rem; resize: vertical; field-sizing: content;
  color: var(--body-text-color); background: var(--input-background-fill); border-radius: var(--radius-sm);
  border: 1px solid var(--body-text-color-subdued)}
#many-table textarea:focus-visible {outline: 2px solid var(--color-accent); outline-offset: 1px}
#many-table .problem {margin-top: .25rem; padding: .4rem .75rem; font-size: .875rem}
@media (max-width: 480px) {#many-table th:first-child {width: 4rem} #many-table img {width: 3rem}
  #many-table th:last-child {width: 3.75rem}}
.code {height: auto; max-width: 60rem}
.code h2 {font-size: 1.25rem}
.code h3 {font-size: 1rem; margin: 1.5rem 0 0}
.code p {margin: .5rem 0; max-width: 44rem}
.code .example {display: grid; grid-template-columns: minmax(0, 1fr) auto auto; gap: 0 .75rem; align-items: center;
  margin-top: 1.25rem}
.code .example h3 {margin: 0}
.code .example > :is(p, pre) {grid-column: 1 / -1}
.code .example [role=status] {font-size: .875rem; color: var(--body-text-color-subdued)}
.code .copy {font-size: .875rem; padding: .2rem .75rem; min-height: 2rem; border-radius: var(--radius-md);
  border: 1px solid var(--border-color-primary); background: var(--background-fill-secondary); cursor: pointer}
.code .copy:hover {border-color: var(--color-accent)}
.code :is(.copy, pre, summary):focus-visible {outline: 2px solid var(--body-text-color); outline-offset: 1px}
.code pre {overflow-x: auto; margin: 0; padding: .75rem 1rem; border-radius: var(--radius-md); font-size: .85rem;
  border: 1px solid var(--border-color-primary); background: var(--background-fill-secondary); min-width: 0}
.code code {font-family: var(--font-mono); font-size: .85rem; white-space: inherit; padding: 0;
  border: 0; background: none; color: inherit}
.code table {border-collapse: collapse; width: auto; margin: .5rem 0; border: 0}
.code :is(table, td, th) {border: 0 !important}
.code tr {border: 0 !important; border-bottom: 1px solid var(--border-color-primary) !important}
.code td:first-child {white-space: nowrap}
.code :is(td, th) {padding: .25rem .75rem .25rem 0 !important; text-align: left; vertical-align: top}
.code thead th {font-weight: 600 !important}
.code summary {cursor: pointer; padding: .25rem 0; font-size: 1rem}
@media (max-width: 760px) {
  .code thead {display: none}
  .code :is(table, tbody) {display: block}
  .code tr {display: flex; flex-wrap: wrap; padding: .25rem 0}
  .code td:last-child {flex-basis: 100%}
}
.actions {display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0 0}
:is(.actions, .beside) button, .beside .own {position: relative; padding: .25rem .75rem; margin: 0;
  font: inherit; font-size: .875rem; min-height: 2rem;
  border: 1px solid var(--border-color-primary); border-radius: var(--radius-md); cursor: pointer;
  background: var(--background-fill-secondary); color: var(--body-text-color)}
:is(.actions, .beside) button:hover {border-color: var(--body-text-color-subdued)}
:is(.actions, .beside) :is(button, a, input):focus-visible {outline: 2px solid var(--color-accent); outline-offset: 2px}
[data-do][data-said] {color: transparent !important; transition: none}
[data-do][data-said]::after {content: attr(data-said); position: absolute; inset: 0; display: grid; place-items: center;
  color: var(--body-text-color)}
[data-do=speak][aria-pressed=true] {border-color: var(--color-accent); box-shadow: inset 0 0 0 1px var(--color-accent)}
html:not(.can-speak) [data-do=speak], body:not(:has(.sharing)) [data-do=share], .shared [data-do=share] {display: none}
.beside {display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: .5rem 0}
.beside > * {margin: 0}
.link a {margin: 0; padding: 0}
.beside input {flex: 1 1 12rem; min-width: 0; padding: .25rem .5rem; font-size: .875rem;
  border-radius: var(--radius-md); border: 1px solid var(--border-color-primary);
  background: var(--background-fill-secondary); color: var(--body-text-color)}
.link.card {min-height: 0; height: auto}
.shared {display: grid; gap: 1rem; justify-items: start}
.shared .cards {display: grid; gap: 1rem; width: 100%;
  grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr))}
.shared .beside {margin: 0}
.shared .beside .own {padding: .25rem .75rem; display: inline-flex; align-items: center; text-decoration: none}
.gradio-container:has(.shared) #views {display: none}
.gradio-container {width: 100%; min-width: 0}
#recent h2 {font-size: 1rem; margin: .5rem 0}
#recent ul {display: flex; gap: .75rem; overflow-x: auto; list-style: none; margin: 0; padding: 0 0 .25rem}
#recent li {flex: 0 0 11rem; margin: 0}
#recent img {width: 100%; height: 7rem; object-fit: cover; margin: 0; border-radius: var(--radius-md)}
#recent li p {margin: .25rem 0; font-size: .8125rem; line-height: 1.35}
#recent li span {display: block}
#recent small {color: var(--body-text-color-subdued)}
#saved, :is(#shared, #link):not(:has(p)) {display: none !important}
#connection {position: absolute}
#connection .problem {position: fixed; z-index: 99; inset: auto 1rem 1rem; box-shadow: var(--shadow-drop-lg);
  background: color-mix(in srgb, var(--problem) 12%, var(--background-fill-primary))}
#captions [data-testid=status-tracker].translucent {--bar: linear-gradient(var(--border-color-primary) 0 0);
  inset: 2.8rem 1.25rem 1rem; width: auto; height: auto; min-height: 6.5rem; opacity: 1; border: 0;
  background: var(--bar) 0 0 / 92% 1.5rem no-repeat, var(--bar) 0 2.5rem / 64% 1.5rem no-repeat,
    var(--bar) 0 5.25rem / 40% 1rem no-repeat, var(--background-fill-primary)}
#captions [data-testid=status-tracker].translucent > * {display: none}
@media (prefers-reduced-motion: no-preference) {
  #captions [data-testid=status-tracker].translucent {animation: waiting 1.2s ease-in-out infinite alternate}}
@keyframes waiting {from {opacity: 1} to {opacity: .55}}
.tags {line-height: 2.2; margin: 0}
.tag {border: 1px solid var(--border-color-primary); border-radius: 99rem; padding: .15rem .6rem; white-space: nowrap;
  color: var(--body-text-color)}
.tag.guides {border-color: var(--color-accent); color: var(--color-accent); font-weight: 600}
.guided {margin: .25rem 0; font-size: .875rem}
.gradio-container .fillable {max-width: none !important}
.dark input[type=range] {--neutral-200: var(--neutral-600)}
:is(#captions, .shared) .card {display: flex; flex-direction: column}
:is(#captions, .shared) .actions {margin-top: auto; padding-top: .75rem}
#tags:not(:has(p)) {display: none}
#recent img {margin-bottom: .4rem}
.quality img {max-height: 24rem}
.code .copy {font-weight: normal}
@media (max-width: 480px) {
  .quality.card {padding: 1rem}
  .quality .examples {font-size: .875rem}
  .quality .examples th:last-child {width: 2.75rem}
  .quality .examples :is(td, th) {padding-right: .5rem !important}
  .quality .examples :is(td, th):last-child {padding-right: 0 !important}}
"""
