/** Builds that really happen: what customizers write, see and cannot see in the build machine. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerQuery } from "../emulator/build-vm/relay.ts";
import { freeUserId, withBuildUser, withoutBuildUser } from "../emulator/build-vm/guest-user.ts";
import { probeBuildVm } from "../emulator/build-vm/index.ts";
import type { ImageFile } from "../emulator/core/types.ts";
import * as shared from "./virtual-machine-images-setup.ts";
import {
  API,
  galleryTarget,
  GROUP,
  imageTarget,
  lastRun,
  linuxBody,
  type Setup,
} from "./virtual-machine-images-setup.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("the build machine of the emulator", function () {
  let setup: Setup;
  before(async function () {
    setup = await shared.openSetup();
    const support = await probeBuildVm(setup.emulator.world.dataDir);
    // Containers and people without root cannot make namespaces: builds are simulated there, which other tests cover.
    if (support.mode === "simulated") this.skip();
  });
  after(() => setup.close());
  beforeEach(() => setup.reset({ buildVm: "auto" }));

  const shell = (...inline: string[]) => ({ type: "Shell", inline });

  /** Builds an image from the steps; its files by path. */
  async function build(steps: readonly object[], change: object = {}): Promise<Map<string, ImageFile>> {
    await setup.create("t", linuxBody(setup, { customize: steps, ...change }));
    assert.equal(await setup.run("t"), "Succeeded", await shared.buildLog(setup, "t"));
    return filesOf("gallery");
  }

  async function filesOf(output: string, template = "t"): Promise<Map<string, ImageFile>> {
    const { artifactId = "" } = await setup.templates.getRunOutput(GROUP, template, output);
    const files = (await setup.emulator.world.images.files(artifactId)) ?? [];
    return new Map(files.map((file) => [file.path, file]));
  }

  /** What the script lines print, without what else the log says. */
  async function outputOf(...inline: string[]): Promise<readonly string[]> {
    await build([shell(...inline)]);
    const log = await shared.buildLog(setup, "t");
    const [own = ""] = log.split("(telemetry) ending shell");
    return own.split("\n").flatMap((line) => /ui: {5}azure-arm: (.*)$/.exec(line)?.[1] ?? []);
  }

  it("keeps what scripts write, bit for bit, with modes and links", async () => {
    const files = await build([
      shell(
        "sudo mkdir -p /opt/web",
        "printf 'hello\\n' | sudo tee /opt/web/index.html",
        "sudo chmod 0640 /opt/web/index.html",
      ),
      shell("sudo ln -s index.html /opt/web/start.html", "echo kept > /tmp/artifact.txt"),
    ]);
    assert.deepEqual(files.get("/opt/web/index.html"), {
      path: "/opt/web/index.html",
      kind: "file",
      size: 6,
      mode: 0o640,
      sha256: sha256("hello\n"),
    });
    assert.equal(files.get("/opt/web/start.html")?.target, "index.html");
    assert.equal(files.get("/tmp/artifact.txt")?.sha256, sha256("kept\n"));
  });

  it("leaves nothing of itself in the image", async () => {
    const files = await build([shell("echo $HOME > /tmp/home", "echo x > ~/history", "sudo useradd --system web")]);
    assert.equal(
      [...files.keys()].some((path) => path.startsWith("/home/packer")),
      false,
    );
    assert.equal(
      [...files.keys()].some((path) => /script_\d+|Deprovisioning|waagent|sudoers|resolv|hosts$/.test(path)),
      false,
    );
    assert.ok(files.has("/etc/passwd"), "an account was added by the script");
  });

  it("shows the administration what is in an image", async () => {
    await build([shell("echo a > /tmp/a")]);
    const { artifactId = "" } = await setup.templates.getRunOutput(GROUP, "t", "gallery");
    const answer = await fetch(`${setup.emulator.description.adminUrl}/images/${encodeURIComponent(artifactId)}/files`);
    const files = (await answer.json()) as ImageFile[];
    assert.equal(files.find((file) => file.path === "/tmp/a")?.sha256, sha256("a\n"));
  });

  it("runs inline lines as one script of /bin/sh -e, as the user packer in its home", async () => {
    const said = await outputOf(
      "x=kept",
      "echo $x",
      "id -un",
      "pwd",
      "echo $PACKER_BUILDER_TYPE",
      "readlink /proc/$$/exe | grep -c dash || true",
    );
    assert.deepEqual(said.slice(0, 4), ["kept", "packer", "/home/packer", "azure-arm"]);
  });

  it("honours a first line that names another shell, and turns CRLF into LF", async () => {
    assert.deepEqual(await outputOf("#!/usr/bin/env bash\r", "a=(1 2 3)\r", "echo ${#a[@]}"), ["3"]);
  });

  it("stops at the first line that fails, and runs no later step", async () => {
    const steps = [shell("echo before", "false", "echo after"), shell("echo next")];
    await setup.create("t", linuxBody(setup, { customize: steps }));
    assert.equal(await setup.run("t"), "Failed");
    const log = await shared.buildLog(setup, "t");
    assert.match(log, /azure-arm: before/);
    assert.doesNotMatch(log, /azure-arm: (after|next)/);
    assert.match(
      log,
      /\[ERROR\] Remote command exited with '1': chmod \+x \/tmp\/script_\d{4}\.sh; PACKER_BUILDER_TYPE='azure-arm'/,
    );
    assert.match(log, /Provisioning step had errors: Running the cleanup provisioner, if present\.\.\./);
    assert.match(
      log,
      /Build 'azure-arm' errored after .*: Script exited with non-zero exit status: 1\. Allowed exit codes are: \[0\]/,
    );
    assert.equal(log.match(/\(telemetry\) Starting provisioner shell/g)?.length, 1);
    assert.equal(log.match(/\(telemetry\) ending shell/g), null);
  });

  it("lets sudo do anything without a password, and nothing without it", async () => {
    const said = await outputOf(
      "sudo id -u",
      "sudo -n sh -c 'echo made > /etc/made'",
      "touch /etc/not-made || echo refused",
    );
    assert.equal(said[0], "0");
    assert.ok(said.some((line) => line.includes("refused")));
  });

  it("does as well with its stand-in where the host has no sudo", async () => {
    setup.configure({ hiddenPaths: ["/usr/bin/sudo", "/usr/bin/sudoedit"] });
    const files = await build([
      shell(
        "sudo mkdir -p /opt/app",
        "echo 'two words' | sudo tee '/opt/app/a file'",
        "sudo -u nobody id -un > /tmp/who",
        "sudo VAR=1 sh -c 'echo $VAR' > /tmp/var",
        "! sudo false",
      ),
    ]);
    assert.equal(files.get("/opt/app/a file")?.sha256, sha256("two words\n"));
    assert.equal(files.get("/tmp/who")?.sha256, sha256("nobody\n"));
    assert.equal(files.get("/tmp/var")?.sha256, sha256("1\n"));
    assert.equal(files.has("/usr/bin/sudo"), false);
  });

  it("hides the developer's files and begins with an empty /tmp", async () => {
    const secret = join(tmpdir(), `build-vm-secret-${process.pid}`);
    writeFileSync(secret, "secret");
    try {
      const here = process.cwd();
      const said = await outputOf(
        `ls -d ${secret} ${here} /root/* /home/* 2>/dev/null || true`,
        "ls /tmp | grep -v -e script_ -e Deprovisioning || true",
        "stat -c %a /tmp",
      );
      assert.deepEqual(said, ["/home/packer", "1777"]);
    } finally {
      rmSync(secret);
    }
  });

  it("reaches the emulator under its public names with trusted certificates, and nothing else", async () => {
    const { world } = setup.emulator;
    await world.blobs.write("stimages", "public", "a.txt", Buffer.from("from a blob"));
    const said = await outputOf(
      "curl -sS -o /dev/null -w '%{http_code}\\n' https://management.azure.com/subscriptions?api-version=2022-12-01",
      "curl -sS -o /dev/null -w '%{http_code}\\n' https://stimages.blob.core.windows.net/public/a.txt",
      `curl -sS -o /dev/null -w '%{http_code}\\n' ${world.endpoints.blob}/stimages/public/a.txt`,
      "curl -sS -m 5 https://example.com/ 2>&1 || echo no-name",
      "curl -sS -m 5 http://192.0.2.1/ 2>&1 || echo no-route",
      "ip -br addr 2>/dev/null | wc -l || true",
    );
    assert.deepEqual(
      said.slice(0, 3).map((code) => Number(code) >= 400),
      [true, true, true],
      said.join("; "),
    );
    assert.ok(said.includes("no-name") && said.includes("no-route"), said.join("; "));
  });

  it("fetches an artifact by a signed address, as the template's script does", async () => {
    const { world } = setup.emulator;
    await world.blobs.write("stimages", "artifacts", "app.txt", Buffer.from("the artifact"));
    const { StorageSharedKeyCredential, generateBlobSASQueryParameters, BlobSASPermissions } =
      await import("@azure/storage-blob");
    const { key } = await world.blobs.ensureAccount("stimages");
    const sas = generateBlobSASQueryParameters(
      {
        containerName: "artifacts",
        blobName: "app.txt",
        permissions: BlobSASPermissions.parse("r"),
        expiresOn: new Date(Date.now() + 3_600_000),
      },
      new StorageSharedKeyCredential("stimages", key),
    );
    const files = await build([
      shell(`curl -sSf -o /tmp/app.txt 'https://stimages.blob.core.windows.net/artifacts/app.txt?${sas.toString()}'`),
    ]);
    assert.equal(files.get("/tmp/app.txt")?.sha256, sha256("the artifact"));
  });

  it("cannot reach the host's disks, kernel or processes as root", async () => {
    const said = await outputOf(
      "sudo mount -t tmpfs x /mnt 2>/dev/null || echo no-mount",
      "sudo mknod /tmp/disk b 8 0 2>/dev/null || echo no-device",
      "sudo sh -c 'echo x > /proc/sys/kernel/hostname' 2>/dev/null || echo no-kernel",
      `ls /proc | grep -c '^${process.pid}$' || true`,
    );
    assert.deepEqual(said, ["no-mount", "no-device", "no-kernel", "0"]);
  });

  it("places files as the build user, into folders that are there", async () => {
    await setup.emulator.world.blobs.write("stimages", "scripts", "page.html", Buffer.from("<p>page</p>"));
    const sourceUri = "https://stimages.blob.core.windows.net/scripts/page.html";
    const files = await build([
      { type: "File", sourceUri, destination: "/tmp/page.html" },
      shell("sudo mv /tmp/page.html /srv/page.html"),
    ]);
    assert.equal(files.get("/srv/page.html")?.sha256, sha256("<p>page</p>"));
    await setup.create(
      "denied",
      linuxBody(setup, { customize: [{ type: "File", sourceUri, destination: "/opt/page.html" }] }),
    );
    assert.equal(await setup.run("denied"), "Failed");
    assert.match(await shared.buildLog(setup, "denied"), /Upload failed: .*\/opt\/page\.html.*(Permission denied)/);
  });

  it("builds on an image of its own, gallery version or managed image", async () => {
    await build(
      [shell("echo base | sudo tee /srv/base", "echo old | sudo tee /srv/changed", "echo gone | sudo tee /srv/gone")],
      {
        distribute: [galleryTarget(setup), imageTarget(setup, "image1")],
      },
    );
    const imageVersionId = `${setup.resources.definition}/versions/latest`;
    const source = { type: "SharedImageVersion", imageVersionId };
    const customize = [shell("cat /srv/base", "echo new | sudo tee /srv/changed", "sudo rm /srv/gone")];
    await setup.create("second", linuxBody(setup, { source, customize }));
    assert.equal(await setup.run("second"), "Succeeded", await shared.buildLog(setup, "second"));
    const files = await filesOf("gallery", "second");
    assert.equal(files.get("/srv/base")?.sha256, sha256("base\n"));
    assert.equal(files.get("/srv/changed")?.sha256, sha256("new\n"));
    assert.equal(files.has("/srv/gone"), false);
    assert.equal(
      (await setup.templates.getRunOutput(GROUP, "second", "gallery")).artifactId,
      `${setup.resources.definition}/versions/1.0.1`,
    );
    const imageId = `${setup.resources.resourceGroup}/providers/Microsoft.Compute/images/image1`;
    await setup.create(
      "third",
      linuxBody(setup, { source: { type: "ManagedImage", imageId }, customize: [shell("test -f /srv/gone")] }),
    );
    assert.equal(await setup.run("third"), "Succeeded", await shared.buildLog(setup, "third"));
  });

  it("runs validators on a fresh machine made from the image, which they do not change", async () => {
    const validate = { inVMValidations: [shell("cat /srv/base", "echo v | sudo tee /srv/validated")] };
    const files = await build([shell("echo base | sudo tee /srv/base")], { validate });
    assert.equal(files.has("/srv/validated"), false);
    assert.match(await shared.buildLog(setup, "t", "validation.log"), /azure-arm: base/);
    await setup.create("bad", linuxBody(setup, { validate: { inVMValidations: [shell("test -f /srv/base")] } }));
    assert.equal(await setup.run("bad"), "Failed");
  });

  it("breaks when a customizer deletes the deprovisioning script, and runs one that replaces it", async () => {
    await setup.create("t", linuxBody(setup, { customize: [shell("sudo rm /tmp/DeprovisioningScript.sh")] }));
    assert.equal(await setup.run("t"), "Failed");
    await setup.create(
      "own",
      linuxBody(setup, { customize: [shell("echo 'echo own > /srv/own' | sudo tee /tmp/DeprovisioningScript.sh")] }),
    );
    assert.equal(await setup.run("own"), "Succeeded");
    assert.equal((await filesOf("gallery", "own")).get("/srv/own")?.sha256, sha256("own\n"));
  });

  it("ends a script that hangs at the build's time limit, and everything it started", async () => {
    setup.configure({ minimumScriptMs: 100 });
    const mark = `aib-hang-${process.pid}`;
    await setup.create(
      "t",
      linuxBody(setup, {
        buildTimeoutInMinutes: 10,
        customize: [shell(`sh -c 'exec -a ${mark} sleep 3600' & sleep 3600`)],
      }),
    );
    await setup.send("POST", `${setup.path("t")}/run?${API}`);
    await setup.until(async () => (await shared.buildLog(setup, "t")).includes("Provisioning with shell script"));
    await setup.emulator.adjustClock({ advanceMs: 601_000 });
    await setup.until(() => lastRun(setup, "t").runState === "Failed");
    assert.match(lastRun(setup, "t").message, /context deadline exceeded/);
    assertNothingLeft();
  });

  it("ends at once when the build is cancelled", async () => {
    await setup.create("t", linuxBody(setup, { customize: [shell("sleep 3600")] }));
    await setup.send("POST", `${setup.path("t")}/run?${API}`);
    await setup.until(() => lastRun(setup, "t").runSubState === "Customizing");
    await setup.send("POST", `${setup.path("t")}/cancel?${API}`);
    await setup.until(() => lastRun(setup, "t").runState === "Canceled");
    assertNothingLeft();
  });

  it("is gone when the emulator closes in the middle of a build", async () => {
    const other = await shared.openSetup();
    await other.reset({ buildVm: "auto" });
    await other.create("t", linuxBody(other, { customize: [shell("sleep 3600")] }));
    await other.send("POST", `${other.path("t")}/run?${API}`);
    await other.until(() => lastRun(other, "t").runSubState === "Customizing");
    const { dataDir } = other.emulator.world;
    await other.close();
    assert.equal(existsSync(dataDir), false);
    assertNothingLeft();
  });

  /** No process of a machine, no mount and no socket of this process's emulators is left. */
  function assertNothingLeft(): void {
    const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid);
    const names = children.map((pid) => commandOf(pid));
    assert.deepEqual(
      names.filter((name) => /^(unshare|nsenter)$/.test(name)),
      [],
    );
    assert.doesNotMatch(readFileSync("/proc/self/mountinfo", "utf8"), new RegExp(setup.emulator.world.dataDir));
  }
});

function parentOf(pid: string): number {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

function commandOf(pid: string): string {
  return existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, "utf8").trim() : "";
}

describe("parts of the build machine", () => {
  /** A query of one name, as resolvers send it. */
  const query = (name: string, type = 1): Buffer => {
    const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
    return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
  };
  const names = [{ domain: "blob.core.windows.net", address: "127.0.1.4" }];

  it("answer for names below a known domain with its address", () => {
    const answer = answerQuery(query("Account.Blob.core.windows.net"), names);
    assert.deepEqual([...(answer?.subarray(-4) ?? [])], [127, 0, 1, 4]);
    assert.equal(answer?.readUInt16BE(6), 1);
  });

  it("know no other name, and no other kind of address for a known one", () => {
    assert.equal((answerQuery(query("example.com"), names)?.readUInt16BE(2) ?? 0) & 15, 3);
    assert.equal((answerQuery(query("notblob.core.windows.net"), names)?.readUInt16BE(2) ?? 0) & 15, 3);
    const ipv6 = answerQuery(query("a.blob.core.windows.net", 28), names);
    assert.equal((ipv6?.readUInt16BE(2) ?? 1) & 15, 0);
    assert.equal(ipv6?.readUInt16BE(6), 0);
  });

  it("drop what is no query", () => {
    for (const bad of [Buffer.alloc(0), Buffer.alloc(11), Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 200])]) {
      assert.equal(answerQuery(bad, names), undefined);
    }
  });

  it("add the build user to account files and take it out again, also from groups", () => {
    const passwd = "root:x:0:0::/root:/bin/sh\nsomeone:x:1000:1000::/home/someone:/bin/sh\n";
    const group = "root:x:0:\ndocker:x:998:someone,packer\nusers:x:100:packer\n";
    assert.equal(freeUserId(passwd, group), 1001);
    assert.equal(withoutBuildUser(withBuildUser("/etc/passwd", passwd, 1001)), passwd);
    assert.equal(withoutBuildUser(group), "root:x:0:\ndocker:x:998:someone\nusers:x:100:\n");
  });
});
