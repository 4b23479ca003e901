# Settings of the machine for session hosts. Runs as the system account, after the updates.
$ErrorActionPreference = "Stop"

$services = "HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
New-Item -Path $services -Force | Out-Null
# Sessions without activity end after eight hours (milliseconds).
Set-ItemProperty -Path $services -Name "MaxIdleTime" -Value (8 * 60 * 60 * 1000) -Type DWord
Set-ItemProperty -Path $services -Name "fEnableTimeZoneRedirection" -Value 1 -Type DWord

# Apps are updated in the next image, not under the users.
$store = "HKLM:\SOFTWARE\Policies\Microsoft\WindowsStore"
New-Item -Path $store -Force | Out-Null
Set-ItemProperty -Path $store -Name "AutoDownload" -Value 2 -Type DWord
