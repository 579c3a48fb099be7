/* SPDX-License-Identifier: BSD-3-Clause */
/* Scores a row: embed_c [MODEL], with the mixture of a model file, or one of known parameters. */
#include <gaussmix/gaussmix.h>
#include <stdio.h>

static int report(const char* what) {
  fprintf(stderr, "embed_c: %s: %s\n", what, gaussmix_error_message());
  return 1;
}

static gaussmix_status make_mixture(gaussmix_mixture** mixture) {
  const double weights[] = {0.25, 0.75};
  const double means[] = {0.0, 0.0, 3.0, 1.0};
  const double covariances[] = {1.0, 0.0, 0.0, 1.0, 2.0, 0.5, 0.5, 1.0};
  return gaussmix_mixture_create(GAUSSMIX_FULL, GAUSSMIX_FLOAT64, 2, 2, weights, means, covariances,
                                 NULL, mixture);
}

int main(int argc, char** argv) {
  gaussmix_mixture* mixture = NULL;
  gaussmix_predictor* predictor = NULL;
  const gaussmix_status made =
      argc > 1 ? gaussmix_mixture_load(argv[1], &mixture) : make_mixture(&mixture);
  if (made != GAUSSMIX_OK) return report("the mixture");
  if (gaussmix_mixture_n_components(mixture) != 2 || gaussmix_mixture_n_features(mixture) != 2) {
    fprintf(stderr, "embed_c: this program is for two components and two features\n");
    return 1;
  }
  if (gaussmix_predictor_create(mixture, &predictor) != GAUSSMIX_OK) return report("the predictor");
  gaussmix_mixture_free(mixture);

  const double x[] = {1.5, 0.5};
  double log_density, shares[2];
  ptrdiff_t label;
  if (gaussmix_log_density(predictor, x, 1, 2, &log_density) != GAUSSMIX_OK ||
      gaussmix_responsibilities(predictor, x, 1, 2, shares) != GAUSSMIX_OK ||
      gaussmix_predict(predictor, x, 1, 2, &label) != GAUSSMIX_OK) {
    return report("scoring");
  }
  printf("gaussmix %s: log-density %.15g, component %d, responsibilities %.15g %.15g\n",
         gaussmix_version(), log_density, (int)label, shares[0], shares[1]);
  gaussmix_predictor_free(predictor);
  return 0;
}
