"""The rules, one file per topic. cfn-lint loads the files of this folder itself: `--append-rules tools/lint/rules`."""
