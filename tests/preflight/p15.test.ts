import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { planFile } from "../../scripts/plan/plan-file.ts";
import type { TemplateCustomizer, TemplateSource } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { lintSteps } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p15-scripts.ts";
import { userSteps } from "../../tasks/AzureImageBuilderV1/src/preflight/scripts/user-steps.ts";
import type { Problem } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { goodStep, openStage, type Stage } from "./stage.ts";

function from(publisher: string): TemplateSource {
  return { type: "PlatformImage", publisher, offer: "offer", sku: "sku", version: "latest" };
}

function lint(steps: readonly TemplateCustomizer[], source = from("Canonical")): readonly Problem[] {
  const isLinux = !steps.some(({ type }) => type === "PowerShell" || type.startsWith("Windows"));
  const titled = steps.map((step, index) => ({ title: `the step \`${step.name ?? index}\``, step }));
  return lintSteps(titled, { source, isLinux });
}

const shell = (...inline: readonly string[]): TemplateCustomizer => ({ type: "Shell", name: "install", inline });
const powershell = (...inline: readonly string[]): TemplateCustomizer => ({
  type: "PowerShell",
  name: "install",
  inline,
});
const codes = (problems: readonly Problem[]): readonly string[] => problems.map(({ code }) => code);

/** Each way of being wrong, in full. */
const wrong: readonly (readonly [title: string, step: TemplateCustomizer, told: Problem])[] = [
  [
    "a restart of Linux",
    shell("sudo apt-get update", "sudo reboot"),
    {
      code: "AIB092",
      message:
        "The step `install` restarts or stops the machine: `sudo reboot`. The service loses its connection, and the build ends with `Script disconnected unexpectedly`.",
      remedy: "Take the command out: machines made from the image start anew anyway.",
    },
  ],
  [
    "SSH that is closed",
    shell("sudo ufw --force enable", "sudo systemctl stop ssh"),
    {
      code: "AIB092",
      message:
        "The step `install` closes SSH: `sudo ufw --force enable` and 1 more line. The service reaches the machine by it: the build ends when the connection is lost.",
      remedy: "Leave port 22 and the SSH service open during the build, and close them when a machine starts first.",
    },
  ],
  [
    "WinRM that is closed",
    powershell("Disable-PSRemoting -Force"),
    {
      code: "AIB092",
      message:
        "The step `install` closes WinRM or the network: `Disable-PSRemoting -Force`. The service reaches the machine by it: the build ends when the connection is lost.",
      remedy: "Leave WinRM, its firewall rules and the network alone, and close them when a machine starts first.",
    },
  ],
  [
    "a restart of Windows",
    powershell("Restart-Computer -Force"),
    {
      code: "AIB093",
      message:
        "The step `install` restarts or stops the machine: `Restart-Computer -Force`. The service does not wait for it: the next step may run into the restart, or the build into its time limit.",
      remedy: "End the step before it, and let a WindowsRestart step (`restart:` in `steps`) follow.",
    },
  ],
  [
    "an installer that asks for a restart",
    powershell("$p = Start-Process msiexec -ArgumentList '/i','a.msi','/qn' -Wait -PassThru", "exit $p.ExitCode"),
    {
      code: "AIB093",
      message:
        "The step `install` ends with the exit code of an installer: `$p = Start-Process msiexec -ArgumentList '/i','a.msi','/qn' -Wait -PassThru`. That is 3010 where a restart is wanted, which counts as a failure.",
      remedy: "Give the step `validExitCodes` 0 and 3010, and let a WindowsRestart step follow.",
    },
  ],
  [
    "root's work by a user",
    shell("apt-get update", "sudo apt-get install -y nginx", "sudo echo 1 > /etc/marker"),
    {
      code: "AIB094",
      message:
        "The step `install` does as an ordinary user what only root may do: `apt-get update` and 1 more line. The service starts scripts without root's rights: the line fails, and with it the build.",
      remedy: "Put `sudo` before the command; for a redirection write `| sudo tee <file>` instead of `> <file>`.",
    },
  ],
  [
    "a question of a package manager",
    shell("sudo apt-get install nginx"),
    {
      code: "AIB095",
      message:
        "The step `install` lets a package manager ask whether to go on: `sudo apt-get install nginx`. Nobody answers: the command gives up, or waits until the build's time limit.",
      remedy: "Answer beforehand: `-y` for apt-get, dnf and yum, `--non-interactive` for zypper.",
    },
  ],
  [
    "an installer with windows",
    powershell("msiexec /i C:\\tools\\a.msi"),
    {
      code: "AIB095",
      message:
        "The step `install` starts an installer with its windows: `msiexec /i C:\\tools\\a.msi`. Nobody sees them: it waits until the build's time limit.",
      remedy: "Start it silently: `/qn` or `/quiet` for msiexec, the program's own option for others.",
    },
  ],
  [
    "two braces",
    shell("docker ps --format '{{.Names}}'"),
    {
      code: "AIB096",
      message:
        "In the step `install`, `docker ps --format '{{.Names}}'` has two braces together: the service hands inline lines to Packer, which may take them for a template of its own and end the build.",
      remedy: "Keep the braces apart, e.g. `{''{` in shell, or put the lines into a script that the step calls.",
    },
  ],
  [
    "a filter without its verb",
    { type: "WindowsUpdate", name: "update", filters: ["$_.BrowseOnly"] },
    {
      code: "AIB096",
      message:
        "The filter `$_.BrowseOnly` of the step `update` says neither `include:` nor `exclude:`: it takes in no update, and where no other filter does, none is installed.",
      remedy: "Write `include:$_.BrowseOnly` or `exclude:$_.BrowseOnly`.",
    },
  ],
  [
    "bash's language in sh",
    shell("set -euo pipefail", "if [[ -f /etc/os-release ]]; then", "  source /etc/os-release", "fi"),
    {
      code: "AIB097",
      message:
        "The step `install` uses what bash knows and `sh` does not: `set -euo pipefail` and 2 more lines. Without a first line `#!` scripts are run by /bin/sh, which is dash in Ubuntu and Debian: the line fails.",
      remedy: "Begin the script with the line `#!/bin/bash`, and `set -e` behind it.",
    },
  ],
  [
    "a byte order mark",
    shell("\uFEFF#!/bin/bash", "true"),
    {
      code: "AIB097",
      message:
        "The step `install` begins with a byte order mark: `#!/bin/bash`. Linux does not see the first line behind it, and runs the script by /bin/sh.",
      remedy: "Save the script as UTF-8 without a byte order mark.",
    },
  ],
  [
    "the end of the build deleted",
    shell("sudo rm -rf /tmp/*"),
    {
      code: "AIB098",
      message:
        "The step `install` deletes the script that generalizes the machine: `sudo rm -rf /tmp/*`. The service runs it at the end: without it the build fails after all its steps.",
      remedy: "Delete your own files by their names, and leave DeprovisioningScript where it is.",
    },
  ],
  [
    "a machine generalized too early",
    powershell('& "$env:SystemRoot\\System32\\Sysprep\\Sysprep.exe" /generalize /oobe'),
    {
      code: "AIB098",
      message:
        'The step `install` generalizes the machine itself: `& "$env:SystemRoot\\System32\\Sysprep\\Sysprep.exe" /generalize /oobe`. The service does that at the end, and can no longer work with a machine that is generalized.',
      remedy: "Take the command out; to change how it is done, write a DeprovisioningScript of your own.",
    },
  ],
  [
    "a file without a name",
    { type: "File", name: "page", sourceUri: "https://example.com/index.html?x=1", destination: "/tmp/" },
    {
      code: "AIB099",
      message:
        "The destination `/tmp/` of the step `page` is a folder: the service wants the file's whole path with its name, and the step would fail.",
      remedy: "Write `/tmp/index.html`.",
    },
  ],
  [
    "a file where the user may not write",
    { type: "File", name: "page", sourceUri: "https://example.com/index.html", destination: "/etc/page/index.html" },
    {
      code: "AIB099",
      message:
        "The destination `/etc/page/index.html` of the step `page` is outside /tmp: the service writes files as an ordinary user, and the step would fail.",
      remedy: "Let the step write to `/tmp/index.html`, and move the file in a Shell step behind it.",
      commands: ["sudo mv /tmp/index.html /etc/page/index.html"],
    },
  ],
];

/** Lines of shell with the codes they give: near misses among them. */
const shellLines: readonly (readonly [code: string, lines: string])[] = [
  ["AIB092", "sudo shutdown -r now"],
  ["AIB092", "if [ -f /var/run/reboot-required ]; then sudo -n reboot; fi"],
  ["AIB092", "sudo systemctl --no-block reboot"],
  ["AIB092", "sudo init 6"],
  ["AIB092", "sudo bash -c 'apt-get update && reboot'"],
  ["AIB092", "sudo iptables -P INPUT DROP"],
  ["AIB092", "sudo service sshd stop"],
  ["", "echo reboot"],
  ["", "# reboot"],
  ["", "echo 'done'; echo \"reboot # later\""],
  ["", "cat >/tmp/x <<EOF\nreboot\napt-get install x\nEOF"],
  ["", "cat >/tmp/x <<-'END OF IT'\n\treboot\n\tEND OF IT\ntrue"],
  ["", "case $1 in reboot) echo a ;; poweroff|halt) echo b ;; esac"],
  ["", "command -v reboot"],
  ["", "sudo shutdown -c"],
  ["", "sudo apt-get install -y \\\n  reboot-notifier \\\n  nginx"],
  ["", "sudo ufw allow OpenSSH\nsudo ufw --force enable"],
  ["", "sudo systemctl restart ssh"],
  ["", "sudo systemctl disable ssh.socket"],
  ["AIB094", "DEBIAN_FRONTEND=noninteractive apt-get -qq -y install nginx"],
  ["AIB094", "if ! systemctl enable nginx; then exit 1; fi"],
  ["AIB094", "sudo -u www-data mkdir -p /etc/web"],
  ["AIB094", "echo deb | tee /etc/apt/sources.list.d/x.list"],
  ["AIB094", "cp /tmp/site.conf /etc/nginx/conf.d/"],
  ["AIB094", "bash -c 'dnf -y install nginx'"],
  ["", "echo deb | sudo tee /etc/apt/sources.list.d/x.list >/dev/null"],
  ["", "sudo sh -c 'echo 1 > /etc/marker'"],
  ["", "sudo -E bash -ec 'set -o pipefail; apt-get -y install x; echo 1 >> /etc/environment'"],
  ["", "sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y x"],
  ["", "sudo useradd -u 1001 web"],
  ["", "apt list --installed"],
  ["", "dpkg -l | grep nginx"],
  ["", "systemctl status nginx"],
  ["", "systemctl --user enable x"],
  ["", "sudo chown -R packer /etc/site\necho 1 > /etc/site/x"],
  ["", 'if [ "$(id -u)" -ne 0 ]; then exec sudo "$0" "$@"; fi\napt-get install -y x'],
  ["", "cat /etc/passwd > /tmp/users 2>&1"],
  ["AIB095", "sudo dnf install nginx"],
  ["AIB095", "sudo zypper install nginx"],
  ["AIB095", "sudo apt upgrade && true"],
  ["", "sudo zypper -n install nginx"],
  ["", "sudo apt-get -qq install nginx"],
  ["", "sudo apt-get install -fy"],
  ["", "yes | sudo apt-get install nginx"],
  ["", "sudo apt-get update && sudo apt-get -o Dpkg::Options::=--force-confold -y dist-upgrade"],
  ["AIB097", "files=(a b)"],
  ["AIB097", 'echo "${name^^}"'],
  ["AIB097", 'if [ "$a" == b ]; then true; fi'],
  ["AIB097", "wc -l <<<'x'"],
  ["AIB097", "diff <(sort a) b"],
  ["AIB097", "make &>/tmp/log"],
  ["AIB097", "trap 'echo failed' ERR"],
  ["AIB097", "#!/bin/sh\nsource /etc/os-release"],
  ["", "#!/bin/bash\nset -euo pipefail\nsource /etc/os-release\nfiles=(a b)"],
  ["", "#!/usr/bin/env bash\n[[ -f x ]] && make &>/tmp/log"],
  ["", '. /etc/os-release\necho "${name:-x} ${name%.*} $((1 + 2)) $(date)"\nif [ "$a" = b ]; then true; fi'],
  ["", "echo '[[ x ]]' && grep -E '[[:space:]]==' /tmp/x"],
  ["", "awk '{ if ($1 == 2) print $1 }' /tmp/x"],
  ["", "#!/usr/bin/env python3\nimport os\nsource = 1"],
  ["AIB098", "sudo rm -rf /tmp /var/tmp"],
  ["AIB098", "rm /tmp/DeprovisioningScript.sh"],
  ["AIB098", "sudo /usr/sbin/waagent -force -deprovision+user"],
  ["", "sudo rm -rf /tmp/app /tmp/app.tar.gz"],
  ["", "find /tmp -name '*.deb' -delete"],
];

/** Lines of PowerShell with the codes they give. */
const powershellLines: readonly (readonly [code: string, lines: string])[] = [
  ["AIB092", "Set-Service -Name WinRM -StartupType Disabled"],
  ["AIB092", "Get-NetAdapter | Disable-NetAdapter -Confirm:$false"],
  ["AIB092", "netsh advfirewall reset"],
  ["AIB092", "Disable-NetFirewallRule -DisplayGroup 'Windows Remote Management'"],
  ["", "Set-Service -Name Spooler -StartupType Disabled"],
  ["", "netsh advfirewall firewall add rule name=web dir=in action=allow"],
  ["", "Enable-PSRemoting -Force"],
  ["AIB093", "shutdown /r /t 0"],
  ["AIB093", "cmd /c 'shutdown.exe -r -f'"],
  ["AIB093", "Start-Process shutdown.exe -ArgumentList '/r /t 5'"],
  ["AIB093", "if ($needed) { Restart-Computer }"],
  ["AIB093", "Install-WindowsFeature Web-Server -Restart"],
  ["", "Install-WindowsFeature Web-Server"],
  ["", "shutdown /a"],
  ["", 'Write-Host "Restart-Computer"'],
  ["", "# Restart-Computer"],
  ["", "<#\nRestart-Computer\n#>"],
  ["", "$script = @'\nRestart-Computer\n'@\nSet-Content C:\\x.ps1 $script"],
  ["", '$text = @"\nshutdown /r\n"@ # shutdown /r'],
  ["", "$names = @(\n  'shutdown /r',\n  \"Restart-Computer\"\n)"],
  ["", "Register-ScheduledTask -Action (New-ScheduledTaskAction -Execute 'shutdown.exe' -Argument '/r')"],
  ["", "msiexec /i a.msi /qn; exit $LASTEXITCODE # or 3010"],
  ["AIB095", "Start-Process msiexec.exe -Wait -ArgumentList '/i a.msi /norestart'"],
  ["AIB095", "& C:\\tools\\setup.exe"],
  ["AIB095", "Start-Process -FilePath C:\\tools\\node-installer.exe -Wait"],
  ["", "Start-Process msiexec.exe -Wait -ArgumentList '/I a.msi /quiet'"],
  ["", "Start-Process msiexec.exe -Wait -ArgumentList $arguments"],
  ["", "Start-Process msiexec.exe `\n  -ArgumentList '/i', 'a.msi', `\n  '/qn' -Wait"],
  ["", "& C:\\tools\\setup.exe /configure C:\\tools\\office.xml"],
  ["", "& C:\\tools\\setup.exe @options"],
  ["", "& $installer"],
  ["", ".\\install.ps1"],
  ["AIB098", "Start-Process C:\\Windows\\System32\\Sysprep\\sysprep.exe -ArgumentList '/oobe'"],
  ["AIB098", "Remove-Item C:\\* -Recurse -Force"],
  ["AIB098", "Remove-Item -Path C:\\DeprovisioningScript.ps1"],
  ["", "Remove-Item C:\\DeprovisioningScript.ps1; Copy-Item C:\\my.ps1 C:\\DeprovisioningScript.ps1"],
  [
    "",
    "((Get-Content C:\\DeprovisioningScript.ps1 -Raw) -replace 'Sysprep.exe /oobe','Sysprep.exe /mode:vm') | Set-Content C:\\DeprovisioningScript.ps1",
  ],
  ["", "Get-Content C:\\x.ps1 | Select-String -Pattern Sysprep.exe"],
  ["", "Remove-Item C:\\tools\\* -Recurse"],
];

describe("P15: scripts", () => {
  for (const [title, step, told] of wrong) {
    it(`tell ${title}`, () => assert.deepEqual(lint([step]), [told]));
  }

  for (const [code, lines] of shellLines) {
    it(`${code === "" ? "find nothing" : `give ${code}`} in shell: ${lines.replaceAll("\n", " ⏎ ")}`, () =>
      assert.deepEqual(codes(lint([shell(...lines.split("\n"))])), code === "" ? [] : [code]));
  }

  for (const [code, lines] of powershellLines) {
    it(`${code === "" ? "find nothing" : `give ${code}`} in PowerShell: ${lines.replaceAll("\n", " ⏎ ")}`, () =>
      assert.deepEqual(codes(lint([powershell(...lines.split("\n"))])), code === "" ? [] : [code]));
  }

  it("let bash's language be where sh is bash", () => {
    const step = shell("[[ -f /etc/os-release ]]");
    assert.deepEqual(codes(lint([step], from("RedHat"))), []);
    assert.deepEqual(codes(lint([step], from("Debian"))), ["AIB097"]);
  });

  it("let 3010 be where the step takes it", () => {
    const inline = ["msiexec /i a.msi /qn", "exit $LASTEXITCODE"];
    assert.deepEqual(codes(lint([{ type: "PowerShell", inline }])), ["AIB093"]);
    assert.deepEqual(codes(lint([{ type: "PowerShell", inline, validExitCodes: [0, 3010] }])), []);
  });

  it("let files go where an earlier step has made a place, and anywhere on Windows", () => {
    const file = { type: "File", sourceUri: "https://example.com/a", destination: "/opt/app/a" } as const;
    assert.deepEqual(codes(lint([file])), ["AIB099"]);
    assert.deepEqual(codes(lint([shell("sudo mkdir /opt/app", "sudo chmod 777 /opt/app"), file])), []);
    assert.deepEqual(codes(lint([powershell("mkdir c:\\app"), { ...file, destination: "c:\\app\\a" }])), []);
    assert.deepEqual(codes(lint([powershell("mkdir c:\\app"), { ...file, destination: "c:\\app\\" }])), ["AIB099"]);
  });

  it("are read to their end whatever they hold", () => {
    const part = fc.constantFrom(
      "sudo ",
      "'",
      '"',
      "$(",
      "${",
      "`",
      ")",
      "}",
      "<<E\n",
      "E\n",
      "\\",
      "#",
      ";;",
      "|",
      "@'\n",
      "<#",
      "\uFEFF",
      "a ",
      "\r\n",
    );
    const script = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(script, (text) => [shell(text), powershell(text)].every((step) => Array.isArray(lint([step])))),
    );
  });

  it("tell no signature of a line that they quote, and not all of a long one", () => {
    const [problem] = lint([shell(`apt-get install -y "https://a/b?sig=abcdefghijk" ${"x".repeat(100)}`)]);
    assert.equal(
      problem?.message,
      `The step \`install\` does as an ordinary user what only root may do: \`apt-get install -y "https://a/b?sig=***" ${"x".repeat(59)}…\`. The service starts scripts without root's rights: the line fails, and with it the build.`,
    );
  });
});

describe("P15: scripts of a step", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  it("are right", async () => {
    const { status, findings, notRead } = await stage.check("P15");
    assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
  });

  it("are not looked for where there are none", async () => {
    assert.equal((await stage.check("P15", { inputs: { inlineScript: "" } })).status, "skipped");
  });

  it("are looked at in validators and overrides too, errors as errors and the rest as warnings", async () => {
    const customize = [{ type: "Shell", name: "one", inline: ["apt-get update"] }];
    const validators = "- shell: { inline: 'sudo reboot', name: two }";
    const inputs = {
      templateOverrides: JSON.stringify({ properties: { customize } }),
      enableValidation: "true",
      validators,
    };
    const { findings } = await stage.check("P15", { inputs });
    assert.deepEqual(
      findings.map(({ code, severity, message }) => [code, severity, message.split(":")[0]]),
      [
        ["AIB094", "warning", "The step `one` does as an ordinary user what only root may do"],
        ["AIB092", "error", "The validator `two` restarts or stops the machine"],
      ],
    );
  });

  it("of every kind that the task writes itself have no faults", async () => {
    const inputs = {
      steps: [
        "- file: { uri: https://example.com/big, sha256: " + "a".repeat(64) + ", large: true, destination: /etc/big }",
        "- shell: { inline: sudo true, environment: { A: '{{x}} ', B: \"reboot\\nreboot\" } }",
      ].join("\n"),
      inlineScript: "",
    };
    assert.deepEqual((await stage.check("P15", { inputs })).findings, []);
  });

  for (const sample of ["detached", "linux-webapp", "steps-linux"]) {
    it(`of the sample ${sample} have no faults`, () => {
      const folder = resolve(import.meta.dirname, "../../samples", sample);
      const { managedIdentity = "", galleryImage = "" } = goodStep(stage.emulator, "images-key");
      const answer = planFile(readFileSync(join(folder, "azure-pipelines.yml"), "utf8"), {
        variables: {},
        inputs: { managedIdentity, galleryImage },
        readFile: (path) => readFileSync(join(folder, path)).toString("utf8"),
      });
      assert.deepEqual(answer.errors, []);
      assert.ok(answer.template !== null);
      const steps = userSteps(answer.template, true);
      assert.ok(steps.length > 0);
      assert.deepEqual(lintSteps(steps, { source: answer.template.properties.source, isLinux: true }), []);
    });
  }
});
