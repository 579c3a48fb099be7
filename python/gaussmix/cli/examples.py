"""What --help teaches: examples that run, with the penguins of the folder examples."""

EXAMPLES = {
    "": """
examples:
  gaussmix fit penguins.csv -k 3 -o model.safetensors    three clusters, kept in a file
  gaussmix select penguins.csv                           how many clusters are there?
  gaussmix predict model.safetensors penguins.csv        the cluster of each row
  gaussmix score model.safetensors penguins.csv          how well the model fits
  gaussmix COMMAND --help                                options, and more examples

exit codes:
  0 done, 2 an error that one line on standard error explains, 130 after Ctrl-C
""",
    "fit": """
examples:
  gaussmix fit penguins.csv -k 3
  gaussmix fit penguins.csv -k 3 -o model.safetensors --plot clusters.png
  gaussmix fit penguins.csv -k 2 --columns bill_length_mm,bill_depth_mm --covariance VVE
  gaussmix fit penguins.csv -k 3 --noise --json
""",
    "select": """
examples:
  gaussmix select penguins.csv
  gaussmix select penguins.csv -k 1-5 --families all -o model.safetensors
  gaussmix select penguins.csv -k 2,3 --criterion icl --json
""",
    "classify": """
examples:
  gaussmix classify penguins.csv --class species -o classifier.safetensors
  gaussmix classify penguins.csv --class species -k 1 --covariance shared --folds 0
""",
    "predict": """
examples:
  gaussmix predict model.safetensors penguins.csv
  gaussmix predict model.safetensors penguins.csv --proba -o probabilities.csv
  gaussmix predict classifier.safetensors penguins.csv -o species.npy
""",
    "score": """
examples:
  gaussmix score model.safetensors penguins.csv
  gaussmix score model.safetensors penguins.csv --rows -o log_densities.csv
  gaussmix score classifier.safetensors penguins.csv --class species --json
""",
    "sample": """
examples:
  gaussmix sample model.safetensors -n 1000 --seed 1
  gaussmix sample model.safetensors -n 1000 -o rows.npy
""",
    "info": """
examples:
  gaussmix info model.safetensors
  gaussmix info model.safetensors --json
""",
    "convert": """
examples:
  gaussmix convert model.safetensors model.onnx
  gaussmix convert model.safetensors model.json
  gaussmix convert model.safetensors model.npz
""",
    "plot": """
examples:
  gaussmix plot model.safetensors penguins.csv -o clusters.png
  gaussmix plot model.safetensors -o contours.svg --kind contours \\
      --features bill_length_mm,bill_depth_mm
""",
    "completion": """
examples:
  gaussmix completion bash > ~/.local/share/bash-completion/completions/gaussmix
  gaussmix completion zsh > ~/.zfunc/_gaussmix
  gaussmix completion fish > ~/.config/fish/completions/gaussmix.fish
""",
}
