/** What packaging and uploading an artifact costs, beside what others take for the same. */
import { join } from "node:path";
import { root } from "../lib/paths.ts";
import { createEmulator } from "../../tests/emulator/index.ts";
import { pipelineToken } from "../../tests/emulator/core/testing.ts";
import type { Told } from "./job.ts";
import { ratios, type Run, type Say, sideBySide, type Sizes } from "./side-by-side.ts";
import type { Service, Stage } from "./stage.ts";
import { manyFiles, projectTree, randomTree, sparseTree, type Tree } from "./trees.ts";
import { type Line, lineOf } from "./types.ts";

const MB = 1_000_000;
const GiB = 1024 ** 3;

/** The lines about speed. */
export async function measureSpeed(stage: Stage, { rounds, quick }: Sizes, say: Say): Promise<readonly Line[]> {
  const share = quick ? 0.2 : 1;
  const tree = projectTree(join(root, "node_modules"), join(stage.folder, "project"), {
    files: 17_000 * share,
    size: 154 * MB * share,
  });
  say(`Tree: ${tree.files} files, ${Math.round(tree.size / MB)} MB.`);
  return [
    ...(await besidePigz(stage, tree, { rounds, say })),
    ...(await besideArchiver(stage, tree, { rounds: Math.min(rounds, 3), say })),
    ...(await besideRaw(stage, { rounds, share, say })),
    ...(await besideReading(stage, tree, { rounds, say })),
    ...(await byLevel(stage, tree, { rounds: Math.min(rounds, 3), say })),
  ];
}

async function besidePigz(stage: Stage, tree: Tree, run: Run): Promise<readonly Line[]> {
  const ours = (format: "tar.gz" | "zip") => async (): Promise<number> =>
    (await stage.job({ job: "publish", path: tree.path, format })).ms;
  const times = await sideBySide(
    {
      pigz: () => stage.shell(`tar -C ${tree.path} -cf - . | pigz -p2 -6 > /dev/null`),
      "tar.gz": ours("tar.gz"),
      zip: ours("zip"),
    },
    run,
  );
  const what = `${tree.files} files, ${Math.round(tree.size / MB)} MB, level 6`;
  return [
    lineOf("package-and-upload/pigz", ratios(times["tar.gz"], times.pigz), {
      unit: "ratio",
      bound: { atMost: 1.5 },
      note: `tar.gz packed and uploaded to a discarding HTTPS blob service, beside \`tar | pigz -p2\` alone; ${what}`,
    }),
    lineOf("package-and-upload-zip/pigz", ratios(times.zip, times.pigz), {
      unit: "ratio",
      note: `the same tree as zip, beside \`tar | pigz -p2\` alone; ${what}`,
    }),
  ];
}

/** Does `work` with the emulator's Azurite, behind its front. */
async function withAzurite<T>(work: (service: Service) => Promise<T>): Promise<T> {
  const emulator = await createEmulator({ warm: true });
  try {
    const { world, description } = emulator;
    return await work({
      endpoint: `${description.blobUrl}/stimages/`,
      token: await pipelineToken(emulator, "https://storage.azure.com"),
      ca: world.caPem,
    });
  } finally {
    await emulator.close();
  }
}

async function besideArchiver(stage: Stage, tree: Tree, run: Run): Promise<readonly Line[]> {
  return withAzurite(async (service) => {
    const lines: Line[] = [];
    for (const [name, to] of [
      ["sink", stage.sink],
      ["azurite", service],
    ] as const) {
      const times = await sideBySide(
        {
          archiver: async () => (await stage.job({ job: "archiver", path: tree.path, ...to })).ms,
          ours: async () => (await stage.job({ job: "publish", path: tree.path, ...to })).ms,
        },
        run,
      );
      lines.push(
        lineOf(`archiver-and-upload/package-and-upload (${name})`, ratios(times.archiver, times.ours), {
          unit: "ratio",
          // Azurite's own cost is on both sides.
          ...(name === "sink" ? { bound: { atLeast: 6 } } : {}),
          note:
            name === "sink"
              ? "archiver (level 6) to a temporary file and then the upload, beside ours; both to the discarding service"
              : "the same to Azurite behind the emulator's front, where the second and later of ours find the blob",
        }),
      );
    }
    return lines;
  });
}

interface RawRun extends Tree {
  readonly to: Service;
  readonly run: Run;
}

/** Times of both to one service. */
function rawAndOurs(stage: Stage, { path, size, to, run }: RawRun): Promise<RawTimes> {
  return sideBySide(
    {
      raw: async () => (await stage.job({ job: "raw", size, ...to })).ms,
      ours: async () => (await stage.job({ job: "publish", path, ...to })).ms,
    },
    run,
  );
}

async function besideRaw(stage: Stage, { share, ...run }: Run & { share: number }): Promise<readonly Line[]> {
  const tree = randomTree(join(stage.folder, "random"), { files: 4, size: 1024 * MB * share });
  const free = await rawAndOurs(stage, { ...tree, to: stage.sink, run });
  const paced = await rawAndOurs(stage, { ...tree, to: stage.pacedSink, run });
  const azurite = await besideRawToAzurite(stage, tree, run);
  const what = `speed beside blocks of 8 MiB uploaded four at a time from memory, without reading or digests; ${Math.round(tree.size / MB)} MB in ${tree.files} files`;
  const line = (name: string, times: RawTimes, note: string): Line =>
    lineOf(`incompressible: package-and-upload/raw blocks${name}`, ratios(times.raw, times.ours), {
      unit: "ratio",
      bound: { atLeast: 0.9 },
      note,
    });
  const speeds = (name: string, ms: readonly number[], note: string): Line =>
    lineOf(
      name,
      ms.map((one) => tree.size / MB / (one / 1000)),
      { unit: "MB/s", note },
    );
  return [
    line("", free, `${what}; no network in between: the service and both digests share the same processors`),
    line(
      " (1,500 Mbit/s)",
      paced,
      `${what}; to a service that reads as fast as the network of a Microsoft-hosted agent`,
    ),
    line(" (azurite)", azurite, "to Azurite behind the emulator's front, an empty one each round"),
    speeds("incompressible speed", free.ours, "for reading: the upload goes to the same machine"),
    speeds("raw speed (1,500 Mbit/s)", paced.raw, "for checking: the pace is 187.5 MB/s"),
  ];
}

type RawTimes = Readonly<Record<"raw" | "ours", readonly number[]>>;

/** A new store for each round: in one that holds the content nothing would be uploaded. */
async function besideRawToAzurite(stage: Stage, tree: Tree, { rounds, say }: Run): Promise<RawTimes> {
  const found: RawTimes[] = [];
  for (let round = 0; round < rounds; round += 1) {
    found.push(await withAzurite((to) => rawAndOurs(stage, { ...tree, to, run: { rounds: 1, say } })));
  }
  return { raw: found.flatMap(({ raw }) => raw), ours: found.flatMap(({ ours }) => ours) };
}

async function besideReading(stage: Stage, tree: Tree, run: Run): Promise<readonly Line[]> {
  const times = await sideBySide(
    {
      read: async () => (await stage.job({ job: "read", path: tree.path })).ms,
      digest: async () => (await stage.job({ job: "digest", path: tree.path })).ms,
    },
    run,
  );
  return [
    lineOf("digest/read", ratios(times.digest, times.read), {
      unit: "ratio",
      bound: { atMost: 1.3 },
      note: `content digest of ${tree.files} unchanged files, beside reading each of them`,
    }),
  ];
}

/** Time and size of each level beside level 6: what the default is chosen by. */
async function byLevel(stage: Stage, tree: Tree, run: Run): Promise<readonly Line[]> {
  const sizes = new Map<number, number>();
  const levels = [1, 2, 3, 4, 5, 6, 7, 9];
  const pack = (level: number) => async (): Promise<number> => {
    const { ms, text } = await stage.job({ job: "pack", path: tree.path, level });
    sizes.set(level, Number(text));
    return ms;
  };
  const times = await sideBySide(Object.fromEntries(levels.map((level) => [`level ${level}`, pack(level)])), run);
  const usual = times["level 6"] ?? [];
  return levels.map((level) => {
    const size = (sizes.get(level) ?? 0) / (sizes.get(6) ?? 1);
    return lineOf(`time of level ${level}/level 6`, ratios(times[`level ${level}`] ?? [], usual), {
      unit: "ratio",
      note: `packing alone; size ${size.toFixed(3)} of level 6`,
    });
  });
}

/** The lines about memory and growth. */
export async function measureGrowth(stage: Stage, { quick }: Sizes, say: Say): Promise<readonly Line[]> {
  const large = quick ? GiB : 10 * GiB;
  const many = quick ? 20_000 : 200_000;
  const publish = async (tree: Tree, format: "tar.gz" | "zip" = "tar.gz"): Promise<Told> => {
    const told = await stage.job({ job: "publish", path: tree.path, format });
    say(
      `${format}, ${tree.files} files, ${Math.round(tree.size / MB)} MB: ${Math.round(told.ms)} ms, peak ${Math.round(told.peak)} MB`,
    );
    return told;
  };
  const [small, big] = [
    await publish(sparseTree(join(stage.folder, "sparse-1"), large / 5)),
    await publish(sparseTree(join(stage.folder, "sparse-10"), large)),
  ];
  const manyTree = manyFiles(join(stage.folder, "files-10"), many);
  const [few, lots, zipped] = [
    await publish(manyFiles(join(stage.folder, "files-1"), many / 5)),
    await publish(manyTree),
    await publish(manyTree, "zip"),
  ];
  const peak = { unit: "MB", bound: { atMost: 200 } } as const;
  const linear = { unit: "ratio", bound: { atMost: 1.3 } } as const;
  return [
    lineOf("peak memory, bytes", [big.peak], { ...peak, note: `one file of ${large / GiB} GiB (without content)` }),
    lineOf("peak memory, files", [lots.peak], { ...peak, note: `${many} files` }),
    lineOf("peak memory, files as zip", [zipped.peak], { ...peak, note: `${many} files` }),
    lineOf("linear in bytes", [big.ms / small.ms / 5], {
      ...linear,
      note: "time for a byte, five times as many beside one",
    }),
    lineOf("linear in files", [lots.ms / few.ms / 5], {
      ...linear,
      note: "time for a file, five times as many beside one",
    }),
  ];
}
