"""The rules, a theme a file. cfn-lint loads the files of this folder by itself: `--append-rules tools/lint/rules`."""
