/** The bundle that runs on Node 20 and 24, and the licences of what went into it. */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { root, taskFolder } from "./paths.ts";

export interface Bundle {
  /** Packages in the bundle, `name@version`, sorted. */
  readonly packages: readonly string[];
}

/** CommonJS packages inside ES modules miss what Node gives them elsewhere. */
const commonJsNames = [
  'import { createRequire as bundleRequire } from "node:module";',
  'import { fileURLToPath as bundlePath } from "node:url";',
  "const require = bundleRequire(import.meta.url);",
  "const __filename = bundlePath(import.meta.url);",
  'const __dirname = bundlePath(new URL(".", import.meta.url));',
].join("");

/**
 * Writes `main.js`, the chunks it loads when a step needs them, and `ThirdPartyNotices.txt` to `folder`. The same
 * sources give the same bytes. ES modules in chunks start faster than one file: most of two megabytes would be parsed
 * before the first request, and the SDKs for nothing in a step that ends early.
 */
export async function bundleTask(folder: string): Promise<Bundle> {
  const { metafile, outputFiles, warnings } = await build({
    absWorkingDir: root,
    // The thread that packs is started from a file beside the chunk that starts it.
    entryPoints: {
      main: join(taskFolder, "src", "main.ts"),
      "chunks/pack-worker": join(taskFolder, "src", "artifact", "pack-worker.js"),
    },
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
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(`The bundler warns: ${warnings.map(({ text }) => text).join("; ")}`);
  const packages = await Promise.all(packageFolders(metafile).map(readPackage));
  const legal = outputFiles.filter(({ path }) => path.endsWith(".LEGAL.txt")).map(({ text }) => text.trim());
  for (const { path, contents } of outputFiles.filter((file) => file.path.endsWith(".js"))) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  // Node looks for the kind of its modules in all folders above; what stands there is not ours.
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(folder, "ThirdPartyNotices.txt"), describeLicences(packages, [...new Set(legal)].join("\n\n")));
  return { packages: packages.map(({ name }) => name) };
}

interface PackageLicence {
  /** `name@version`. */
  readonly name: string;
  readonly licence: string;
  readonly text: string;
}

/** Folders of the packages whose code is in the output, relative to the repository. */
function packageFolders({ inputs, outputs }: Metafile): readonly string[] {
  const used = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = used
    .filter((path) => path in inputs)
    .map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

async function readPackage(folder: string): Promise<PackageLicence> {
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(await readFile(join(path, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = (await readdir(path)).filter((file) => /^(licen[cs]e|copying|notice)(\.|-|$)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), "utf8")));
  const text = texts.map((part) => part.replace(/\r\n/g, "\n").trim()).join("\n\n");
  return { name: `${name}@${version}`, licence: license ?? "see its text", text };
}

/** Equal texts once, under all packages that have them. */
function describeLicences(packages: readonly PackageLicence[], legal: string): string {
  const byText = new Map<string, string[]>();
  for (const { name, licence, text } of packages) {
    const key = text === "" ? `The package carries no licence text; it says: ${licence}.` : text;
    byText.set(key, [...(byText.get(key) ?? []), `${name} (${licence})`]);
  }
  const sections = [...byText].map(([text, names]) => `${names.join("\n")}\n\n${text}`);
  const comments = legal.trim() === "" ? [] : [`Notices in the sources:\n\n${legal.trim()}`];
  const intro = "main.js contains code of the following packages.";
  return `${[intro, ...sections, ...comments].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
