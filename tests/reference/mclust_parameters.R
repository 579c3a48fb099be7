# Write what mclust fits to the penguins, and its densities of them, into mclust_parameters.json.
#
#     Rscript tests/reference/mclust_parameters.R
#
# It needs the R packages mclust and jsonlite. Of each fit there are its parameters as
# jsonlite::write_json writes them, the logarithms of dens and of cdens, and the labels.

suppressMessages(library(mclust))
library(jsonlite)

file <- sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))
here <- dirname(file)
X <- as.matrix(read.csv(file.path(here, "..", "..", "examples", "penguins.csv"))[, 2:5])

of <- function(X, G, name, noise = NULL) {
  initialization <- if (is.null(noise)) list() else list(noise = noise)
  fit <- Mclust(X, G = G, modelNames = name, initialization = initialization, verbose = FALSE)
  parameters <- fit$parameters
  some <- if (is.matrix(X)) X[1:20, , drop = FALSE] else X[1:20]
  list(
    features = unbox(NCOL(X)), model = unbox(name), parameters = parameters,
    dens = dens(some, fit$modelName, parameters, logarithm = TRUE),
    cdens = cdens(some, fit$modelName, parameters, logarithm = TRUE)[, seq_len(G), drop = FALSE],
    labels = predict(fit, some)$classification)
}

families <- c("EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE", "VEE", "EVE", "VVE", "EEV", "VEV",
              "EVV", "VVV")
fits <- c(
  lapply(families, function(name) of(X, 3, name)),
  lapply(c("XII", "XXI", "XXX"), function(name) of(X, 1, name)),
  lapply(c("E", "V"), function(name) of(X[, 3], 2, name)),
  list(of(X[, 3], 1, "X")),
  lapply(c("EII", "VVI", "EEE", "VEV", "VVV"), function(name) of(X, 2, name, noise = 1:15)))
write_json(list(mclust = unbox(as.character(packageVersion("mclust"))), fits = fits),
           file.path(here, "mclust_parameters.json"), digits = NA)
