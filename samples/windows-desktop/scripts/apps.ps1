# Installs what users need. Runs as the system account; 3010 means that a restart is wanted, which is the next step.
$ErrorActionPreference = "Stop"

Write-Output "Installing for ring $env:RING"

Enable-WindowsOptionalFeature -Online -FeatureName "Printing-XPSServices-Features" -NoRestart -All | Out-Null

New-Item -ItemType Directory -Force -Path "C:\ProgramData\Images" | Out-Null
Set-Content -Path "C:\ProgramData\Images\ring.txt" -Value $env:RING

exit 3010
