/** Every kind of customizer and validator, in every form of its script, one in each template. */
import { type Cases, content, stepFiles, windows, windowsImage, withArtifact } from "./shared.ts";

const digest = "a1".repeat(32);
const onWindows = { ...windows, ...stepFiles };
const validatorFiles = {
  files: {
    steps: {},
    validators: {
      "tests/check.sh": content("#!/bin/sh\ntest -f /etc/hosts\n"),
      "tests/check.ps1": content("using namespace System.IO\n# checks\nparam([string]$Path = 'C:\\app')\nTest-Path $Path\n"),
      "tests/expected.json": content("{}"),
    },
  },
};

const steps = (text: string): { readonly steps: string } => ({ steps: text });
const validators = (text: string): Readonly<Record<string, string>> => ({ enableValidation: "true", validators: text });

/** The cases. */
export const stepCases: Cases = {
  "step-shell-text": [steps("- shell: |\n    echo one\n    echo '{{two}}'\n")],
  "step-shell-inline-environment": [steps("- shell: { inline: env, environment: { A: \"it's\", B: 'a\n\n      b {{c}}' } }")],
  "step-shell-file": [steps("- shell: { file: scripts/harden.sh }"), stepFiles],
  "step-shell-file-environment": [{ ...steps("- shell: { file: scripts/harden.sh }"), environment: "RING: prod" }, stepFiles],
  "step-shell-file-of-artifact": [{ ...withArtifact, ...steps("- shell: { file: out/web/bin/setup }") }, stepFiles],
  "step-shell-address": [steps("- shell: { uri: https://example.com/x.sh }")],
  "step-file-linux": [steps("- file: { source: config/app.json, destination: /etc/web/app.json }"), stepFiles],
  "step-file-linux-address": [steps("- file: { uri: https://example.com/a, destination: /tmp/a }")],
  "step-file-linux-large": [
    steps(`- file: { uri: https://example.com/a, sha256: ${digest}, large: true, destination: /opt/a }`),
  ],
  "step-powershell-text": [{ ...windowsImage, ...steps("- powershell: Get-Date") }, windows],
  "step-powershell-rights-and-codes": [
    { ...windowsImage, ...steps("- powershell: { inline: exit 3010, runAsSystem: true, validExitCodes: [0, -1, 3010] }") },
    windows,
  ],
  "step-powershell-file-environment": [
    { ...windowsImage, ...steps("- powershell: { file: avd/apps.ps1, environment: { RING: \"it's {{a}}\" } }") },
    onWindows,
  ],
  "step-powershell-file-of-artifact": [
    { ...windowsImage, ...withArtifact, ...steps("- powershell: { file: out/web/setup.ps1, runElevated: true }") },
    onWindows,
  ],
  "step-powershell-address": [
    { ...windowsImage, ...steps(`- powershell: { uri: https://example.com/x.ps1, sha256: ${digest}, runElevated: true, validExitCodes: 3010 }`) },
    windows,
  ],
  "step-restart": [{ ...windowsImage, ...steps("- restart") }, windows],
  "step-restart-options": [
    { ...windowsImage, ...steps("- restart: { timeout: 1h, check: Get-Date, command: shutdown /r /f /t 5 }") },
    windows,
  ],
  "step-windows-update": [{ ...windowsImage, ...steps("- windowsUpdate") }, windows],
  "step-windows-update-options": [
    { ...windowsImage, ...steps("- windowsUpdate: { search: BrowseOnly=0 and IsInstalled=0, filters: ['include:$true'], limit: 20 }") },
    windows,
  ],
  "step-file-windows": [
    { ...windowsImage, ...steps("- file: { source: config/app.json, destination: 'C:\\app\\app.json' }") },
    onWindows,
  ],
  "step-file-windows-address": [
    { ...windowsImage, ...steps(`- file: { uri: https://example.com/a, sha256: ${digest}, destination: 'C:\\a.zip' }`) },
    windows,
  ],
  "step-file-windows-large": [
    { ...windowsImage, ...steps(`- file: { uri: https://example.com/a, sha256: ${digest}, large: true, destination: 'C:\\a.zip' }`) },
    windows,
  ],
  "short-environment-linux": [{ inlineScript: "env", environment: "A: b c" }],
  "short-environment-windows": [{ ...windowsImage, inlineScript: "dir env:", environment: "A: b c" }, windows],
  "short-update-alone": [{ ...windowsImage, windowsUpdate: "true" }, windows],
  "short-remove-artifact": [{ ...withArtifact, removeArtifact: "true", inlineScript: "true" }],
  "validators-linux-forms": [
    validators(
      [
        "- shell: { file: tests/check.sh, environment: { A: b } }",
        `- shell: { uri: https://example.com/check.sh, sha256: ${digest} }`,
        "- file: { source: tests/expected.json, destination: /tmp/expected.json }",
      ].join("\n"),
    ),
    validatorFiles,
  ],
  "validators-windows-forms": [
    {
      ...windowsImage,
      ...validators(
        [
          "- powershell: { inline: Test-Path C:\\app, runAsSystem: true }",
          "- powershell: { file: tests/check.ps1, environment: { A: b } }",
          "- powershell: { uri: https://example.com/check.ps1 }",
          "- file: { uri: https://example.com/a.json, destination: 'C:\\a.json' }",
        ].join("\n"),
      ),
    },
    { ...windows, ...validatorFiles },
  ],
};
