# What mclust's clustCombi makes of a mixture and rows: for make_clustcombi.py and the tests.
#
#     Rscript clustcombi.R FILE    a mixture and rows, as numbers, see `read`
#     Rscript clustcombi.R paper   mixtures that mclust fits to data of Baudry et al. (2010)
#
# Prints for each mixture lines of numbers: sizes; weights, means, covariances, rows; the entropies
# with 1, 2, ... clusters; the clusters of the components with one less, two less, ...

suppressMessages(library(mclust))

show <- function(numbers) cat(sprintf("%.17g", numbers), "\n")

path <- function(X, pro, mean, sigma) {
  parameters <- list(pro = pro, mean = mean, variance = list(
    modelName = "VVV", d = nrow(mean), G = length(pro), sigma = sigma,
    cholsigma = array(apply(sigma, 3, chol), dim(sigma))))
  z <- estep(X, "VVV", parameters)$z
  G <- length(pro)
  combined <- mclust:::combi(X, list(G = G, z = z))
  show(sapply(seq_len(G), function(n) -sum(mclust:::xlog(combined$combiz[[n]]))))
  labels <- seq_len(G)
  for (n in rev(seq_len(G - 1))) {
    labels <- apply(combined$combiM[[n]], 2, which.max)[labels]
    show(labels - 1)
  }
}

read <- function(file) {
  numbers <- lapply(strsplit(readLines(file), " "), as.numeric)
  k <- numbers[[1]][1]; d <- numbers[[1]][2]
  path(matrix(numbers[[5]], ncol = d, byrow = TRUE), numbers[[2]], matrix(numbers[[3]], nrow = d),
       array(numbers[[4]], c(d, d, k)))
}

paper <- function() {
  data(Baudry_etal_2010_JCGS_examples, envir = environment())
  for (X in list(ex4.1, ex4.2, ex4.4.1)) {
    X <- as.matrix(X)
    fit <- Mclust(X, verbose = FALSE)
    parameters <- fit$parameters
    show(c(fit$G, ncol(X)))
    for (numbers in list(parameters$pro, parameters$mean, parameters$variance$sigma, t(X)))
      show(as.vector(numbers))
    path(X, parameters$pro, parameters$mean, parameters$variance$sigma)
  }
}

argument <- commandArgs(trailingOnly = TRUE)
if (argument == "paper") paper() else read(argument)
