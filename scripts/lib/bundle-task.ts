/** The bundle that runs on Node 20 and 24, and the licences of what went into it. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { type BundledCode, type BundledPackage, readBundledCode } from "./bundled-packages.ts";
import { builderTask, root, type TaskPlace } from "./paths.ts";

/** CommonJS packages inside ES modules miss what Node gives them elsewhere. */
const commonJsNames = [
  'import { createRequire as bundleRequire } from "node:module";',
  'import { fileURLToPath as bundlePath } from "node:url";',
  "const require = bundleRequire(import.meta.url);",
  "const __filename = bundlePath(import.meta.url);",
  'const __dirname = bundlePath(new URL(".", import.meta.url));',
].join("");

/**
 * Writes the task's entry points (`main.js`, for some `finish.js`, the post-job part), the chunks they load when a step
 * needs them, and `ThirdPartyNotices.txt` to `folder`, and gives the packages whose code is in them. The same sources give
 * the same bytes. ES modules in chunks start faster than one file: most of two megabytes would be parsed before the first
 * request, and the SDKs for nothing in a step that ends early.
 */
export async function bundleTask(folder: string, task: TaskPlace = builderTask): Promise<BundledCode> {
  const { metafile, outputFiles, warnings } = await build({
    absWorkingDir: root,
    entryPoints: { ...task.entryPoints },
    outdir: folder,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    platform: "node",
    format: "esm",
    splitting: true,
    target: "node20",
    minify: true,
    // ES modules first: only they can be cut down to what is used.
    mainFields: ["module", "main"],
    legalComments: "external",
    banner: { js: commonJsNames },
    // The SDKs ask whether a body is a form; asking makes Node load its fetch library, a tenth of the time to start.
    define: { FormData: "undefined" },
    // Names of chunks are made of the files' places: a linked node_modules gives those of one that is really there.
    preserveSymlinks: true,
    plugins: [withoutColours],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(`The bundler warns: ${warnings.map(({ text }) => text).join("; ")}`);
  const code = await readBundledCode(metafile);
  const legal = outputFiles.filter(({ path }) => path.endsWith(".LEGAL.txt")).map(({ text }) => text.trim());
  for (const { path, contents } of outputFiles.filter((file) => file.path.endsWith(".js"))) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  // Node looks for the kind of its modules in all folders above; what stands there is not ours.
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  const notices = describeLicences(code.packages, { task, legal: [...new Set(legal)].join("\n\n") });
  await writeFile(join(folder, "ThirdPartyNotices.txt"), notices);
  return code;
}

/**
 * `debug` colours its lines where it finds `supports-color`, which none of the task's dependencies brings along: whether it
 * is there depends on what builds and tests. It is an empty module in every bundle.
 */
const withoutColours: Plugin = {
  name: "without-colours",
  setup: (build) => {
    build.onResolve({ filter: /^supports-color$/ }, ({ path }) => ({ path, namespace: "empty" }));
    build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "" }));
  },
};

/** Equal texts once, under all packages that have them. */
function describeLicences(
  packages: readonly BundledPackage[],
  { task, legal }: { readonly task: TaskPlace; readonly legal: string },
): string {
  const byText = new Map<string, string[]>();
  for (const { name, version, licence = "see its text", text } of packages) {
    const key = text === "" ? `The package carries no licence text; it says: ${licence}.` : text;
    byText.set(key, [...(byText.get(key) ?? []), `${name}@${version} (${licence})`]);
  }
  const sections = [...byText].map(([text, names]) => `${names.join("\n")}\n\n${text}`);
  const comments = legal.trim() === "" ? [] : [`Notices in the sources:\n\n${legal.trim()}`];
  const parts = Object.keys(task.entryPoints).filter((name) => !name.includes("/"));
  const intro = `${parts.map((name) => `${name}.js`).join(", ")} and their chunks contain code of the following packages.`;
  return `${[intro, ...sections, ...comments].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
