/** The widget's look, as constructable style sheets: they pass a policy without « unsafe-inline ». */

const LAUNCHER = `
:host { all: initial; --accent: #0b6e69; --on-accent: #fff; font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: #1b2529; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
.launcher { position: fixed; bottom: max(20px, env(safe-area-inset-bottom)); right: max(20px, env(safe-area-inset-right)); z-index: 2147483000;
  width: 60px; height: 60px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); cursor: pointer; padding: 0;
  display: grid; place-items: center; box-shadow: 0 6px 20px rgb(0 0 0 / .25); transition: transform .15s; }
.launcher:hover { transform: scale(1.05); }
.launcher svg { width: 28px; height: 28px; }
.left .launcher { right: auto; left: max(20px, env(safe-area-inset-left)); }
.badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #b3261e; color: #fff;
  font-size: 13px; font-weight: 700; line-height: 22px; text-align: center; }
.word { position: fixed; bottom: 92px; right: max(20px, env(safe-area-inset-right)); z-index: 2147483000; max-width: min(300px, calc(100vw - 40px));
  border-radius: 12px; background: #fff6dd; color: #5b4300; font-size: 14px; box-shadow: 0 6px 20px rgb(0 0 0 / .25); }
.word:not(:empty) { padding: 10px 14px; }
.left .word { right: auto; left: max(20px, env(safe-area-inset-left)); }
button:focus-visible, a:focus-visible, summary:focus-visible, textarea:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .launcher, .badge, .word:not(:empty) { border: 2px solid ButtonText; } }
`;

/** Put the style sheets into a shadow root; a <style> where constructable sheets are missing. */
export function adopt(root: ShadowRoot, css: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    const style = document.createElement("style");
    style.textContent = css;
    root.append(style);
  }
}

export { LAUNCHER };
