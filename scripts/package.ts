/** `npm run package`: the extension's `.vsix` under dist/. Exits 1 where the package is not good. */
import { packageExtension } from "./lib/package-extension.ts";
import { distFolder } from "./lib/paths.ts";

if (process.argv.length > 2) {
  console.error("Usage: npm run package");
  process.exitCode = 2;
} else {
  const { file, size, names, materials, problems } = await packageExtension(distFolder);
  for (const problem of problems) console.error(`error: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${file}: ${size} bytes, ${names.length} files. What is in it: ${materials}.`);
}
