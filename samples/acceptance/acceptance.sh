#!/usr/bin/env bash
# What the jobs of azure-pipelines.yml share.
#   acceptance.sh begin                notes the time, and makes the artifact app/page.html
#   acceptance.sh row BEHAVIOUR WHAT   sets the output variable "row": a row of the table, with how the job has gone
#   acceptance.sh table                puts the rows on the page of the run: each line of standard input is "WHAT=ROW"
set -euo pipefail

task_version() {
  local folder version=""
  for folder in "${AGENT_WORKFOLDER:-.}"/_tasks/AzureImage*_*/*/; do
    [ -d "$folder" ] && version=$(basename "$folder")
  done
  echo "${version:-?}"
}

case "${1:-}" in
  begin)
    mkdir -p app
    echo "acceptance ${BUILD_BUILDNUMBER:-}" >app/page.html
    echo "##vso[task.setvariable variable=acceptanceBegan]$(date +%s)"
    ;;
  row)
    minutes=$((($(date +%s) - ${ACCEPTANCEBEGAN:-$(date +%s)}) / 60))
    case "${AGENT_JOBSTATUS:-}" in
      Succeeded | SucceededWithIssues) result="yes" ;;
      *) result="**no** (${AGENT_JOBSTATUS:-?})" ;;
    esac
    row="| $2 | $3 | $result | $minutes min | $(task_version) | $(date -u +%F) |"
    echo "$row"
    echo "##vso[task.setvariable variable=row;isoutput=true]$row"
    ;;
  table)
    page="${AGENT_TEMPDIRECTORY:-.}/acceptance.md"
    {
      echo "## What was proven in this subscription"
      echo
      echo "| behaviour | by | proven | time of the job | version | date |"
      echo "| --- | --- | --- | --- | --- | --- |"
      while IFS= read -r line; do
        [ -n "$line" ] || continue
        case "${line#*=}" in
          "| "*) echo "${line#*=}" ;;
          *) echo "| ${line%%=*} | | not run | | | |" ;;
        esac
      done
      echo
      echo "Run ${BUILD_BUILDNUMBER:-?} of ${SYSTEM_DEFINITIONNAME:-?}."
    } >"$page"
    cat "$page"
    echo "##vso[task.uploadsummary]$page"
    ;;
  *)
    echo "acceptance.sh: begin, row or table" >&2
    exit 2
    ;;
esac
