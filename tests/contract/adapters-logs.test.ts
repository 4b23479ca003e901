/** The adapter of build logs and image tags at the emulator: every way in, one request a read, nothing lost. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { createLogReader } from "../../tasks/AzureImageBuilderV1/src/log/index.ts";
import type { BuildLogName, LogRead, RunLogs } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { createTemplateAt } from "../e2e/template-at.ts";
import { removeGroup } from "../emulator/services/resource-groups.ts";
import { createContainerGroup, type RunningContainer } from "../emulator/services/container-instance.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { openSession, type Session } from "./adapters-session.ts";
import { instant } from "./virtual-machine-images-setup.ts";

const folder = "4c9e1f0a-0000-4000-8000-00000000a001";

/** A read and the requests it took, signing in left out. */
interface Told {
  readonly read: LogRead;
  readonly asked: readonly string[];
}

interface Stage {
  readonly emulator: Emulator;
  readonly azure: Session;
  readonly group: string;
  readonly account: string;
  /** Writes to a log's blob. */
  append(content: Buffer | string, log?: BuildLogName, place?: string): Promise<void>;
  startContainer(): RunningContainer;
  follow(startedAt?: Date): RunLogs;
  /** One read. */
  read(logs: RunLogs, log?: BuildLogName): Promise<Told>;
  /** Reads until nine in a row bring nothing: that many may be needed to find the way. */
  readAll(logs: RunLogs): Promise<readonly Told[]>;
}

const textOf = (told: readonly Told[]): string =>
  Buffer.concat(told.map(({ read }) => (read.state === "bytes" ? read.bytes : Buffer.alloc(0)))).toString();
const waysOf = (told: readonly Told[]): readonly string[] => [
  ...new Set(told.flatMap(({ read }) => (read.state === "bytes" ? [read.from] : []))),
];

async function openStage(emulator: Emulator, azure: Session): Promise<Stage> {
  const { world } = emulator;
  await createTemplateAt(emulator, "logged");
  const template = world.resources.list("", "Microsoft.VirtualMachineImages/imageTemplates")[0];
  const properties = template?.body["properties"] as { readonly exactStagingResourceGroup: string };
  const group = properties.exactStagingResourceGroup;
  const account = world.resources.list(group, "Microsoft.Storage/storageAccounts")[0]?.name ?? "";
  const read: Stage["read"] = async (logs, log = "customization") => {
    const before = emulator.requests().length;
    const found = await logs.read(log);
    const asked = emulator.requests().slice(before);
    return { read: found, asked: asked.filter(({ service }) => service !== "entra").map(({ url }) => url) };
  };
  return {
    emulator,
    azure,
    group,
    account,
    append: (content, log = "customization", place = folder) =>
      world.blobs.append(account, "packerlogs", `${place}/${log}.log`, Buffer.from(content)),
    startContainer: () =>
      createContainerGroup(world, {
        id: `${group}/providers/Microsoft.ContainerInstance/containerGroups/vmimagebuilder-build-container-a1b2`,
        location: "westeurope",
        tags: {},
        container: "vmimagebuilder-build-container",
        image: "packer",
        startsAfter: 0,
      }),
    follow: (startedAt = new Date()) => azure.logs.follow({ stagingResourceGroup: group, startedAt }),
    read,
    readAll: async (logs) => {
      const all: Told[] = [];
      for (let idle = 0; idle < 9 && all.length < 60;) {
        const told = await read(logs);
        idle = told.read.state === "bytes" ? 0 : idle + 1;
        all.push(told);
      }
      return all;
    },
  };
}

function describeIn(world: string, use: (stage: () => Stage) => void): void {
  let stage: Stage | undefined;
  let emulator: Emulator;
  before(async () => {
    emulator = await createEmulator({ world, warm: true, imageBuilder: { durations: instant, buildVm: "simulated" } });
  });
  beforeEach(async () => {
    await emulator.reset();
    stage = await openStage(emulator, openSession(emulator));
  });
  afterEach(() => stage?.azure.close());
  after(() => emulator.close());
  use(() => {
    if (stage === undefined) throw new Error("the stage is not open");
    return stage;
  });
}

const listsKeys = (told: readonly Told[]): boolean => told.some(({ asked }) => asked.join().includes("/listKeys"));

describe("the adapter of build logs", () => {
  describe("where the connection's token reads blobs", () => {
    describeIn("log-with-token", (stage) => {
      it("reads the blob by it, each read by one request, and asks for no key", async () => {
        await stage().append("first\nsecond\n");
        const told = await stage().readAll(stage().follow());
        assert.equal(textOf(told), "first\nsecond\n");
        assert.deepEqual(waysOf(told), ["blob"]);
        assert.deepEqual(
          told.filter(({ asked }) => asked.length > 1),
          [],
        );
        assert.ok(!listsKeys(told));
      });

      it("reads on where it stopped when the log grows, and takes 416 for nothing new", async () => {
        await stage().append("one\n");
        const logs = stage().follow();
        await stage().readAll(logs);
        const quiet = await stage().read(logs);
        assert.deepEqual([quiet.read.state, quiet.asked.length], ["nothing", 1]);
        assert.equal(stage().emulator.requests().at(-1)?.status, 416);
        await stage().append("two\n");
        const more = await stage().read(logs);
        assert.equal(textOf([more]), "two\n");
      });

      it("reads a log of more than 4 MiB in parts, and says that there is more", async () => {
        const line = `${"0123456789".repeat(10)}\n`;
        const whole = Buffer.from(line.repeat(Math.ceil((9 * 1024 * 1024) / line.length)));
        // An append block is at most 4 MiB.
        for (let from = 0; from < whole.length; from += 3 * 1024 * 1024)
          await stage().append(whole.subarray(from, from + 3 * 1024 * 1024));
        const told = await stage().readAll(stage().follow());
        const parts = told.flatMap(({ read }) => (read.state === "bytes" ? [read] : []));
        assert.deepEqual(
          parts.map(({ bytes, more }) => [bytes.length, more]),
          [
            [4 * 1024 * 1024, true],
            [4 * 1024 * 1024, true],
            [whole.length - 8 * 1024 * 1024, false],
          ],
        );
        assert.ok(Buffer.concat(parts.map(({ bytes }) => bytes)).equals(whole));
      });

      it("keeps the two logs of a run apart", async () => {
        await stage().append("customized\n");
        await stage().append("validated\n", "validation");
        const logs = stage().follow();
        await stage().readAll(logs);
        assert.equal(textOf([await stage().read(logs, "validation")]), "validated\n");
        assert.equal((await stage().read(logs, "validation")).read.state, "nothing");
      });

      it("takes the newest log, and none that is older than the run", async () => {
        await stage().append("of another run\n", "customization", "4c9e1f0a-0000-4000-8000-0000000000ff");
        const tomorrow = new Date(Date.now() + 86_400_000);
        assert.equal(textOf(await stage().readAll(stage().follow(tomorrow))), "");
        // Times of creation are whole seconds.
        await sleep(1_100);
        await stage().append("of this run\n");
        assert.equal(textOf(await stage().readAll(stage().follow())), "of this run\n");
      });

      it("takes the service's account where a group of one's own holds another", async () => {
        const { emulator, group } = stage();
        const own = emulator.world.resources.list(group, "Microsoft.Storage/storageAccounts")[0];
        assert.ok(own !== undefined);
        emulator.world.resources.delete(own.id);
        const other = { ...own, id: own.id.replace(own.name, "another"), name: "another", tags: {} };
        emulator.world.resources.put(other);
        emulator.world.resources.put(own);
        await stage().append("found\n");
        assert.equal(textOf(await stage().readAll(stage().follow())), "found\n");
      });

      it("finds nothing more, or says that it failed, once the group is deleted", async () => {
        await stage().append("before\n");
        const logs = stage().follow();
        assert.equal(textOf(await stage().readAll(logs)), "before\n");
        removeGroup(stage().group, stage().emulator.world);
        const known = await stage()
          .read(logs)
          .catch((error: unknown) => error);
        if (known instanceof Error) assert.ok(known instanceof ServiceError, String(known));
        else assert.equal((known as Told).read.state, "nothing");
        await assert.rejects(
          stage().follow().read("customization"),
          (error) => error instanceof ServiceError && error.status === 404,
        );
      });
    });
  });

  describe("where only the account's key opens it", () => {
    describeIn("log-with-key", (stage) => {
      it("reads the blob by the service's own account's key, asked for once and masked", async () => {
        await stage().append("by key\n");
        const told = await stage().readAll(stage().follow());
        assert.equal(textOf(told), "by key\n");
        assert.deepEqual(
          told.filter(({ asked }) => asked.length > 1),
          [],
        );
        const keys = stage()
          .emulator.requests()
          .filter(({ url }) => url.includes("/listKeys"));
        assert.deepEqual(
          keys.map(({ url }) => url.includes(`/storageAccounts/${stage().account}/`)),
          [true],
        );
        const { key } = await stage().emulator.world.blobs.ensureAccount(stage().account);
        assert.ok(stage().azure.masked.includes(key));
      });

      it("reads the container's live log while the blob is late, then the blob, and no line is lost or doubled", async () => {
        const lines = (from: number, to: number): string =>
          Array.from({ length: to - from }, (_, index) => `[id] PACKER ==> azure-arm: line ${from + index}\n`).join("");
        const container = stage().startContainer();
        const print = (text: string): void =>
          text.split(/(?<=\n)/).forEach((line) => container.print(Buffer.from(line)));
        const logs = stage().follow();
        const reader = createLogReader({ verbosity: "full", steps: [] });
        const seen: string[] = [];
        const take = (told: readonly Told[]): void => {
          for (const { read } of told)
            if (read.state === "bytes") seen.push(...reader.push(read.bytes, 0, read.from).lines);
        };
        print(lines(0, 10));
        const early = await stage().readAll(logs);
        print(lines(10, 20));
        const grown = await stage().readAll(logs);
        assert.deepEqual([waysOf(early), waysOf(grown)], [["container"], ["container"]]);
        assert.deepEqual([textOf(early), textOf(grown)], [lines(0, 10), lines(10, 20)]);
        await stage().append(lines(0, 30));
        const late = await stage().readAll(logs);
        take([...early, ...grown, ...late]);
        assert.deepEqual(waysOf(late), ["blob"]);
        assert.deepEqual(seen, lines(0, 30).trimEnd().split("\n"));
        assert.deepEqual(
          [...early, ...grown, ...late].filter(({ asked }) => asked.length > 1),
          [],
        );
      });
    });
  });

  describe("where the container's log alone may be read", () => {
    describeIn("log-from-container", (stage) => {
      it("reads that, and asks for the account no more than once", async () => {
        const container = stage().startContainer();
        container.print(Buffer.from("live\n"));
        const logs = stage().follow();
        assert.equal(textOf(await stage().readAll(logs)), "live\n");
        container.print(Buffer.from("more\n"));
        assert.equal(textOf(await stage().readAll(logs)), "more\n");
        const accounts = stage()
          .emulator.requests()
          .filter(({ url, status }) => url.includes("/storageAccounts") && status === 403);
        assert.equal(accounts.length, 1);
      });
    });
  });

  describe("where there is no way", () => {
    describeIn("log-unreadable", (stage) => {
      it("says which role would make one, and asks nobody again", async () => {
        const logs = stage().follow();
        const told = await stage().readAll(logs);
        const last = told.at(-1)?.read;
        assert.ok(last?.state === "refused", JSON.stringify(last));
        assert.match(last.missing, /"Reader" and "Storage Blob Data Reader"/);
        assert.match(last.missing, /stagingResourceGroup/);
        const first = told.findIndex(({ read }) => read.state === "refused");
        assert.ok(first <= 2, `refused after ${first} reads`);
        assert.deepEqual(
          told.slice(first).flatMap(({ asked }) => asked),
          [],
        );
      });
    });
  });
});

describe("the adapter of image tags", () => {
  describeIn("default", (stage) => {
    const versionOf = (): string => {
      const { world, description } = stage().emulator;
      const id = `${description.resources.definition}/versions/1.0.0`;
      const type = "Microsoft.Compute/galleries/images/versions";
      world.resources.put({ id, name: "1.0.0", type, location: "westeurope", tags: { team: "web" }, body: {} });
      return id;
    };

    it("adds to the tags that are there", async () => {
      const id = versionOf();
      await stage().azure.images.addTags(id, { "aib-task-duration": "PT600S" });
      assert.deepEqual(stage().emulator.world.resources.get(id)?.tags, {
        team: "web",
        "aib-task-duration": "PT600S",
      });
    });

    it("says so where the connection may not", async () => {
      const id = versionOf();
      stage().emulator.world.roleAssignments.length = 0;
      await assert.rejects(
        stage().azure.images.addTags(id, { a: "b" }),
        (error) => error instanceof ServiceError && error.status === 403 && /tags\/write/.test(error.message),
      );
    });
  });
});
