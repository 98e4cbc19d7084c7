/** The look of the panel. */

export const PANEL = `
.panel { position: fixed; z-index: 2147483001; right: max(20px, env(safe-area-inset-right)); bottom: 92px; width: min(400px, calc(100vw - 24px));
  height: min(640px, calc(100vh - 110px)); height: min(640px, calc(100dvh - 110px)); display: flex; flex-direction: column; background: #fff; color: #1b2529;
  border-radius: 16px; overflow: hidden; box-shadow: 0 12px 48px rgb(0 0 0 / .28); }
.left .panel { right: auto; left: max(20px, env(safe-area-inset-left)); }
.panel[hidden] { display: none; }
header { display: flex; align-items: center; gap: 10px; padding: 10px 8px 10px 14px; background: var(--accent); color: var(--on-accent); }
header button:focus-visible { outline-color: currentColor; }
header .who { flex: 1; min-width: 0; }
header h2 { margin: 0; font-size: 16px; font-weight: 700; overflow-wrap: anywhere; }
header p { margin: 0; font-size: 12px; }
.avatar { width: 38px; height: 38px; border-radius: 50%; background: #fff; color: var(--accent); display: grid; place-items: center; font-weight: 800; flex: none; object-fit: cover; }
.tool { width: 44px; height: 44px; border: 0; border-radius: 10px; background: transparent; color: inherit; cursor: pointer; display: grid; place-items: center; flex: none; padding: 0; }
.tool:hover { background: rgb(255 255 255 / .18); }
.tool svg { width: 22px; height: 22px; }
.menu { display: grid; border-bottom: 1px solid #d6dde0; background: #f4f7f8; padding: 6px; }
.menu button, .plain { font: inherit; text-align: left; min-height: 44px; padding: 8px 12px; border: 0; border-radius: 8px; background: transparent; color: #1b2529; cursor: pointer; }
.menu button:hover { background: #e3eaec; }
.talk { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 14px; background: #f4f7f8; }
ol { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 10px; }
li.line { display: flex; flex-direction: column; align-items: flex-start; gap: 6px; max-width: 100%; }
li.visitor { align-items: flex-end; }
.day, .notice { align-self: center; font-size: 12.5px; color: #4a575d; text-align: center; }
.kept { margin: 0 0 10px; font-size: 12.5px; line-height: 1.4; color: #4a575d; overflow-wrap: anywhere; } .kept a { color: inherit; }
.bubble { max-width: 88%; padding: 10px 13px; border-radius: 16px 16px 16px 4px; background: #fff; border: 1px solid #d6dde0; overflow-wrap: anywhere; }
.visitor .bubble { background: var(--accent); color: var(--on-accent); border-color: transparent; border-radius: 16px 16px 4px 16px; white-space: pre-wrap; }
.bubble p { margin: 0; } .bubble p + p, .bubble p + ul, .bubble ul + p { margin-top: 8px; }
.bubble ul { margin: 0; padding-left: 20px; } .bubble li + li { margin-top: 4px; }
.bubble a { color: inherit; }
.meta { font-size: 12px; color: #4a575d; padding: 0 4px; }
.failed { color: #a3170f; display: flex; align-items: center; gap: 8px; font-size: 13px; }
.card { width: min(100%, 330px); background: #fff; border: 1px solid #d6dde0; border-left: 5px solid var(--accent); border-radius: 12px; padding: 12px 14px; }
.card h3 { margin: 2px 0 6px; font-size: 15px; } .card .kind { font-size: 12px; color: #4a575d; text-transform: uppercase; letter-spacing: .04em; margin: 0; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 0; padding: 0; list-style: none; }
.chips li { background: #e3eaec; border-radius: 999px; padding: 2px 10px; font-size: 13px; }
.figure { margin: 8px 0 0; } .figure strong { display: block; font-size: 30px; line-height: 1.15; color: #0a4f4b; overflow-wrap: anywhere; } .figure span { font-size: 14px; }
.figure small { display: block; color: #4a575d; font-size: 12.5px; margin-top: 2px; }
details { max-width: 88%; font-size: 13px; color: #37444a; } summary { cursor: pointer; padding: 6px 4px; min-height: 28px; overflow-wrap: anywhere; } details p { margin: 0 4px 4px 18px; }
.foot { display: flex; align-items: center; gap: 8px; } .verdict { display: flex; gap: 4px; } .verdict svg { width: 20px; height: 20px; display: block; margin: auto; } .verdict .down svg { transform: rotate(180deg); } .verdict button { width: 44px; height: 44px; border: 1px solid transparent; border-radius: 10px; background: transparent; font-size: 18px; cursor: pointer; }
.verdict button:hover:enabled { background: #e3eaec; } .verdict button[aria-pressed=true] { border-color: var(--accent); background: #e3eaec; opacity: 1; } .verdict button:disabled { opacity: .45; cursor: default; }
.replies { display: flex; flex-wrap: wrap; gap: 8px; max-width: 100%; }
.replies button, .button { font: inherit; font-size: 15px; min-height: 44px; padding: 8px 14px; border-radius: 22px; border: 1.5px solid var(--accent); background: #fff; color: #0a4f4b; cursor: pointer; text-align: left; overflow-wrap: anywhere; }
.replies button:hover:enabled, .button:hover { background: #e3f0ef; } .replies button:disabled { border-color: #b5c0c4; color: #5a676d; cursor: default; background: #eef2f3; }
.replies button[data-used] { border-style: dashed; font-weight: 700; }
.button.strong { background: var(--accent); color: var(--on-accent); } .row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.dots { display: inline-flex; gap: 5px; padding: 14px 16px; background: #fff; border: 1px solid #d6dde0; border-radius: 16px; align-self: flex-start; }
.dots i { width: 8px; height: 8px; border-radius: 50%; background: #5a676d; animation: dot 1.2s infinite; } .dots i:nth-child(2) { animation-delay: .15s; } .dots i:nth-child(3) { animation-delay: .3s; }
@keyframes dot { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }
.status { min-height: 0; padding: 0 14px; font-size: 13.5px; background: #fff6dd; color: #5b4300; } .status:not(:empty) { padding: 8px 14px; }
.step { display: flex; justify-content: space-between; align-items: center; gap: 8px; padding: 4px 14px; font-size: 13.5px; background: #e3f0ef; color: #0a4f4b; }
.step button { font: inherit; color: inherit; background: none; border: 0; text-decoration: underline; min-height: 44px; cursor: pointer; }
form { display: flex; align-items: flex-end; gap: 8px; padding: 10px 12px max(10px, env(safe-area-inset-bottom)); border-top: 1px solid #d6dde0; background: #fff; }
textarea { flex: 1; min-width: 0; font: inherit; font-size: 16px; line-height: 1.35; padding: 10px 12px; border: 1.5px solid #6d7a80; border-radius: 12px; resize: none; max-height: 120px; color: inherit; background: #fff; field-sizing: content; }
.send { width: 46px; height: 46px; border: 0; border-radius: 12px; background: var(--accent); color: var(--on-accent); cursor: pointer; display: grid; place-items: center; flex: none; padding: 0; } .send svg { width: 22px; height: 22px; }
.count { font-size: 12.5px; color: #4a575d; padding: 0 14px 8px; background: #fff; } .count.over { color: #a3170f; font-weight: 700; }
.box { padding: 16px; background: #fff; border-top: 1px solid #d6dde0; } .box p { margin: 0; } .box a { color: #0a4f4b; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 480px) { .panel, .left .panel { inset: 0; top: var(--top, 0); width: 100vw; height: 100vh; height: var(--height, 100dvh); border-radius: 0; } .panel header { padding-top: max(10px, env(safe-area-inset-top)); } .opened .launcher { visibility: hidden; } }
@media (max-height: 480px) and (min-width: 481px) { .panel { bottom: 8px; height: calc(100vh - 16px); height: calc(100dvh - 16px); right: 90px; } }
@media (forced-colors: active) { .bubble, .card, .panel, .replies button, textarea { border: 1px solid CanvasText; } .replies button:disabled { color: GrayText; } }
`;
