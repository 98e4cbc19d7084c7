// Builds the loader and what it loads: `node build.mjs [--outdir=DIR]`. Default: var/widget/ of the project.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const chosen = process.argv.find((word) => word.startsWith("--outdir="));
const outdir = resolve(chosen ? chosen.slice("--outdir=".length) : join(here, "..", "var", "widget"));
const common = { bundle: true, minify: true, write: false, target: ["es2021", "firefox101", "safari16.4"], charset: "utf8", absWorkingDir: here };

const main = (await build({ ...common, entryPoints: ["src/main.ts"], format: "esm" })).outputFiles[0].contents;
const name = `reso-${createHash("sha256").update(main).digest("hex").slice(0, 12)}.js`;
const loader = (
  await build({ ...common, entryPoints: ["src/loader.ts"], format: "iife", define: { __MAIN__: JSON.stringify(name) } })
).outputFiles[0].contents;

mkdirSync(outdir, { recursive: true });
for (const old of readdirSync(outdir)) if (old.startsWith("reso-") && old !== name) rmSync(join(outdir, old));
for (const [file, body] of [["widget.js", loader], [name, main]]) {
  writeFileSync(join(outdir, file), body);
  console.log(`${file}  ${gzipSync(readFileSync(join(outdir, file))).length} octets gzip`);
}
writeFileSync(join(outdir, "manifest.json"), JSON.stringify({ files: ["widget.js", name] }));
