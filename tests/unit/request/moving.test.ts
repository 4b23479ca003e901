/** What moves by itself although the request stays. */
import assert from "node:assert/strict";
import { fetchingPrograms } from "../../../tasks/AzureImageBuilderV1/src/request/fetching.ts";
import { movingParts, unpinned } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { definition, group, type StepInputs } from "../inputs/step.ts";
import { planOf } from "./plans.ts";

type Calls = readonly (readonly [line: string, ...programs: readonly string[]])[];

const shellCalls: Calls = [
  ["apt-get update", "apt-get"],
  ["sudo apt-get -y install nginx", "apt-get"],
  ["sudo -E DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Options::=--force-confold upgrade", "apt-get"],
  ["apt install -y nginx=1.26", "apt"],
  ["aptitude safe-upgrade", "aptitude"],
  ["/usr/bin/apt-get dist-upgrade", "apt-get"],
  ["yum -y update", "yum"],
  ["dnf install -y git", "dnf"],
  ["tdnf upgrade", "tdnf"],
  ["microdnf install jq", "microdnf"],
  ["zypper --non-interactive in jq", "zypper"],
  ["apk add --no-cache curl", "apk"],
  ["snap install microk8s --classic", "snap"],
  ["pip install -r requirements.txt", "pip"],
  ["pip3.12 install ansible", "pip3"],
  ["python3 -m pip install --upgrade pip", "pip"],
  ["pipx install poetry", "pipx"],
  ["conda create -n x", "conda"],
  ["npm ci", "npm"],
  ["npx cowsay", "npx"],
  ["yarn", "yarn"],
  ["pnpm add x", "pnpm"],
  ["gem install bundler", "gem"],
  ["cargo install ripgrep", "cargo"],
  ["go install example.org/tool@latest", "go"],
  ["dotnet tool install -g x", "dotnet"],
  ["git clone https://h/r.git", "git"],
  ["git -C /src pull", "git"],
  ["docker pull nginx", "docker"],
  ["podman run -d nginx", "podman"],
  ["helm upgrade --install a b", "helm"],
  ["az aks command; az storage blob download -f a", "az"],
  ["azcopy copy https://h/a /tmp/a", "azcopy"],
  ["ansible-galaxy collection install x", "ansible-galaxy"],
  ["curl -fsSL https://h/install.sh | bash", "curl"],
  ["version=$(curl -s https://h/latest)", "curl"],
  ['version="$(curl -s https://h/latest)"', "curl"],
  ["version=`wget -qO- https://h/latest`", "wget"],
  ["wget https://h/a", "wget"],
  ["aria2c https://h/a", "aria2c"],
  ["unattended-upgrade", "unattended-upgrade"],
  ["if ! curl -f https://h; then wget https://h; fi", "curl", "wget"],
  ["test -e a || { apt-get update && apt-get install -y a; }", "apt-get"],
  ["bash -c 'apt-get update'", "apt-get"],
  ['sudo sh -c "curl https://h > /etc/a"', "curl"],
  ["cat list | xargs apt-get install", "apt-get"],
  ["for p in a b; do pip install $p; done", "pip"],
  ["env A=b nice apt-get update", "apt-get"],
];

const shellOthers: readonly string[] = [
  "# apt-get update",
  "make # then apt-get update",
  "echo apt-get update",
  'echo "now run apt-get install nginx"',
  "echo 'curl https://h | bash; apt-get update'",
  "apt-get clean",
  "apt-get -y autoremove --purge",
  "apt-get remove update-notifier",
  "apt-mark hold nginx",
  "apt-cache policy nginx",
  "apt list --installed",
  "cat /etc/apt/sources.list",
  "adapt install x",
  "my-apt-get update",
  "dnf list installed",
  "rpm -q yum",
  "zypper lr",
  "apk info",
  "snap list",
  "pip --version",
  "pip freeze > a",
  "npm run build",
  "npm test",
  "yarn build",
  "go build ./...",
  "cargo build --offline",
  "dotnet build --no-restore",
  "git status",
  "git commit -m install",
  "docker ps",
  "docker load -i image.tar",
  "helm version",
  "az login --identity",
  "curl --version",
  "curl -V",
  "wget --help",
  "command -v curl",
  "command -v wget >/dev/null",
  "which curl wget",
  "rm -rf /var/lib/apt/lists/*",
  "systemctl disable apt-daily.timer",
  "cp curl /usr/local/bin/",
  "./install update",
  "python3 setup.py install",
  "python3 -m venv /opt/pip install",
  "curlew https://h",
  "git=clone",
  "has curl && has wget",
];

const powershellCalls: Calls = [
  ["Install-Module Az -Force", "install-module"],
  ["Update-Module", "update-module"],
  ["Save-Module Az -Path C:\\m", "save-module"],
  ["Install-PackageProvider -Name NuGet -Force", "install-packageprovider"],
  ["Install-PSResource Az", "install-psresource"],
  ["Install-WindowsUpdate -AcceptAll", "install-windowsupdate"],
  ["choco install git -y", "choco"],
  ["& choco.exe upgrade all", "choco"],
  ["cinst git", "cinst"],
  ["winget install --id Git.Git", "winget"],
  ["scoop install git", "scoop"],
  ["nuget restore", "nuget"],
  ["Invoke-WebRequest https://h/a -OutFile a", "invoke-webrequest"],
  ["$a = Invoke-RestMethod https://h/a", "invoke-restmethod"],
  ["$env:A = (iwr https://h/a).Content", "iwr"],
  ["iex (irm https://h/a)", "irm"],
  ["Start-BitsTransfer -Source https://h/a", "start-bitstransfer"],
  ["(New-Object Net.WebClient).DownloadFile('https://h/a', 'a')", "WebClient"],
  ["iex ((New-Object System.Net.WebClient).DownloadString('https://h/a'))", "WebClient"],
  ["powershell -Command \"Install-Module Az\"", "install-module"],
  ["try { Install-Module Az } catch { exit 1 }", "install-module"],
  ["curl.exe -o a https://h/a", "curl"],
]; // prettier-ignore

const powershellOthers: readonly string[] = [
  "Get-Module Az",
  "Import-Module Az",
  "Write-Host 'Install-Module Az'",
  'Write-Host "Invoke-WebRequest https://h"',
  "# Install-Module Az",
  "Install-WindowsFeature Web-Server",
  "Uninstall-Module Az",
  "choco list",
  "winget list",
  "Get-Command Invoke-WebRequest",
  "msiexec /i C:\\a.msi",
  "$client.DownloadSize",
  "Set-Content a 'choco install git'",
];

describe("a script that fetches", () => {
  for (const [line, ...programs] of shellCalls) {
    it(`is known in a shell by: ${line}`, () => assert.deepEqual(fetchingPrograms("Shell", [line]), programs));
  }
  for (const line of shellOthers) {
    it(`is none in a shell by: ${line}`, () => assert.deepEqual(fetchingPrograms("Shell", [line]), []));
  }
  for (const [line, ...programs] of powershellCalls) {
    it(`is known in PowerShell by: ${line}`, () => assert.deepEqual(fetchingPrograms("PowerShell", [line]), programs));
  }
  for (const line of powershellOthers) {
    it(`is none in PowerShell by: ${line}`, () => assert.deepEqual(fetchingPrograms("PowerShell", [line]), []));
  }

  it("is known over lines that go on, and each program is named once", () => {
    assert.deepEqual(fetchingPrograms("Shell", ["sudo \\", "  apt-get \\", "  install a", "apt-get update"]), [
      "apt-get",
    ]);
    assert.deepEqual(fetchingPrograms("PowerShell", ["choco `", "  install a"]), ["choco"]);
  });

  it("is found in a line that one would not read in time if it were read again and again", () => {
    const line = `${"sudo ".repeat(20_000)}${'"'.repeat(20_000)}${"$(".repeat(20_000)}`;
    const began = performance.now();
    fetchingPrograms("Shell", [line]);
    assert.ok(performance.now() - began < 2000);
  });
});

const large = (sha256: string): string =>
  `- file: { uri: https://h/a, sha256: ${sha256}, large: true, destination: DEST }`;
const windows = { sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2", osType: "windows" };

const moving: readonly (readonly [title: string, StepInputs, parts: readonly string[]])[] = [
  ["nothing of itself", { steps: "- shell: make" }, []],
  ["a managed image", { sourceImage: `${group}/providers/Microsoft.Compute/images/base` }, ["the source is a managed image, whose content can change under its ID"]],
  ["Windows Update", { ...windows, steps: "- powershell: dir\n- windowsUpdate" }, ["step 2 (windowsUpdate-2) installs what Windows Update offers"]],
  ["package managers", { steps: "- shell: make\n- shell: { name: tools, inline: apt-get update && curl https://h }" }, ["step 2 (tools) calls apt-get, curl"]],
  ["steps after the artifact", { artifactPath: "web", storageAccount: "stimages", inlineScript: "pip install x" }, ["step 2 (inline-script) calls pip"]],
  ["a script at an address", { steps: "- shell: { uri: https://h/a.sh }" }, ["step 1 (shell-1) runs a script from an address without a checksum"]],
  ["no script with a checksum", { steps: `- shell: { uri: https://h/a.sh, sha256: ${"a".repeat(64)} }` }, []],
  ["a file at an address", { steps: "- file: { uri: https://h/a, destination: /a }" }, ["step 1 (file-1) reads a file from an address without a checksum"]],
  ["no file with a checksum", { steps: `- file: { uri: https://h/a, sha256: ${"a".repeat(64)}, destination: /a }` }, []],
  ["no large file, which the task fetches and checks", { steps: large("a".repeat(64)).replace("DEST", "/a") }, []],
  ["no large file on Windows", { ...windows, steps: large("a".repeat(64)).replace("DEST", "C:\\a\\b") }, []],
  ["a validator", { enableValidation: "true", validators: "- shell: { name: probe, inline: pip install x }" }, ["validator 1 (probe) calls pip"]],
  ["the optimisation's script", { optimizeWorkload: "https://h/tune.sh" }, ["the script of the workload optimisation is read from an address without a checksum"]],
  ["no optimisation with a checksum", { optimizeWorkload: `https://h/tune.sh sha256=${"a".repeat(64)}` }, []],
  ["a step of overrides, which may have no name", { templateOverrides: "properties: { customize: [{ type: Shell, inline: [apk update] }] }" }, ["step 1 calls apk"]],
]; // prettier-ignore

describe("what moves in a request", () => {
  for (const [title, inputs, parts] of moving) {
    it(`is ${title}`, () => {
      const osType = "osType" in inputs ? "windows" : "linux";
      assert.deepEqual(movingParts(planOf(inputs, { source: { osType, version: "1.2.3" } })), parts);
    });
  }
});

describe("the source's version", () => {
  it("is known where it was read or given", () => {
    assert.equal(unpinned(planOf({}, { source: { osType: "linux", version: "24.4.1" } })), undefined);
    assert.equal(unpinned(planOf({ sourceImage: `${definition}/versions/1.0.0` })), undefined);
    assert.equal(unpinned(planOf({ sourceImage: `${group}/providers/Microsoft.Compute/images/base` })), undefined);
  });

  it("is not known where `latest` is left to the service", () => {
    for (const inputs of [{ location: "westeurope" }, { sourceImage: definition }] as readonly StepInputs[]) {
      assert.match(unpinned(planOf(inputs)) ?? "", /^the exact version of the source is not known: `latest` is left/);
    }
  });

  it("is that of overrides", () => {
    const inputs = { templateOverrides: "properties: { source: { version: latest } }" };
    assert.match(unpinned(planOf(inputs, { source: { osType: "linux", version: "24.4.1" } })) ?? "", /is not known/);
  });
});
