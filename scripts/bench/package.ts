/** The package's size, and how soon the packaged task asks for its first token. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { bundleTask } from "../lib/bundle-task.ts";
import { sizeLimit } from "../lib/package-extension.ts";
import { builderTask, distFolder, root, taskFolder, tasks } from "../lib/paths.ts";
import { type Line, lineOf } from "./types.ts";

/** Bytes a package may have. */
const largest = sizeLimit * tasks.length;

/** Size of the built package; the start of its task beside that of `node` alone. */
export async function measurePackage(rounds: number, say: (text: string) => void): Promise<readonly Line[]> {
  const file = readdirSync(distFolder).find((name) => name.endsWith(".vsix"));
  if (file === undefined) throw new Error("There is no package: run `npm run package` first.");
  const folder = join(distFolder, "bundle", basename(builderTask.packed));
  if (!existsSync(join(folder, "main.js"))) await bundleTask(folder);
  const starts: number[] = [];
  const empties: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    empties.push(await timeOf(["-e", "0"]));
    starts.push(await firstRequest(join(folder, "main.js")));
    say(`node -e 0: ${Math.round(empties.at(-1) ?? 0)} ms, first request: ${Math.round(starts.at(-1) ?? 0)} ms`);
  }
  return [
    lineOf("package size", [statSync(join(distFolder, file)).size], {
      unit: "bytes",
      bound: { atMost: largest },
      note: file,
    }),
    lineOf(
      "first request - node -e 0",
      starts.map((ms, index) => ms - (empties[index] ?? 0)),
      {
        unit: "ms",
        note: "from the start of main.js to the connection for its first token, less what Node itself takes",
      },
    ),
    lineOf("node -e 0", empties, { unit: "ms", note: "what Node itself takes" }),
  ];
}

function timeOf(args: readonly string[]): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { stdio: "ignore" })
      .on("exit", () => resolve(performance.now() - begun))
      .on("error", reject);
  });
}

/** Milliseconds from the start of the process to its first connection. */
async function firstRequest(main: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const begun = performance.now();
  const child = spawn(process.execPath, [main], {
    stdio: "ignore",
    cwd: root,
    env: { ...process.env, ...stepFor(address) },
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once("connection", () => resolve(performance.now() - begun));
      child.once("exit", (code) => reject(new Error(`The task ended (${code}) without any request.`)));
    });
  } finally {
    child.kill("SIGKILL");
    server.close();
  }
}

/** A step and its connection, as an agent hands them over (agent contract, sections 2 and 6). */
function stepFor(address: string): Readonly<Record<string, string>> {
  const id = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg/providers";
  return {
    INPUT_AZURESUBSCRIPTION: "bench",
    INPUT_RESOURCEGROUP: "rg",
    INPUT_MANAGEDIDENTITY: `${id}/Microsoft.ManagedIdentity/userAssignedIdentities/builder`,
    INPUT_SOURCEIMAGE: "Canonical:ubuntu-24_04-lts:server",
    INPUT_GALLERYIMAGE: `${id}/Microsoft.Compute/galleries/images/images/web`,
    INPUT_INLINESCRIPT: "echo",
    ENDPOINT_URL_bench: address,
    ENDPOINT_AUTH_SCHEME_bench: "ServicePrincipal",
    ENDPOINT_AUTH_bench: JSON.stringify({
      scheme: "ServicePrincipal",
      parameters: {
        tenantid: "72f988bf-0000-4000-8000-1d0c5a7b7e01",
        serviceprincipalid: "a",
        serviceprincipalkey: "b",
      },
    }),
    ENDPOINT_AUTH_PARAMETER_bench_TENANTID: "72f988bf-0000-4000-8000-1d0c5a7b7e01",
    ENDPOINT_AUTH_PARAMETER_bench_SERVICEPRINCIPALID: "a",
    ENDPOINT_AUTH_PARAMETER_bench_SERVICEPRINCIPALKEY: "b",
    ENDPOINT_AUTH_PARAMETER_bench_AUTHENTICATIONTYPE: "spnKey",
    ENDPOINT_DATA_bench_SUBSCRIPTIONID: "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f",
    ENDPOINT_DATA_bench_ENVIRONMENT: "AzureStack",
    ENDPOINT_DATA_bench_ENVIRONMENTAUTHORITYURL: address,
    ENDPOINT_DATA_bench_ACTIVEDIRECTORYAUTHORITY: address,
    AGENT_TEMPDIRECTORY: distFolder,
    SYSTEM_DEFAULTWORKINGDIRECTORY: taskFolder,
  };
}
