#include "metrics/center_shift.h"
#include "metrics/cosine.h"
#include "metrics/distances.h"
#include "metrics/emd.h"
#include "metrics/hog_pearson.h"
#include "metrics/kendall.h"
#include "metrics/pearson.h"
#include "metrics/plugin.h"
#include "metrics/similarity.h"
#include "metrics/spearman.h"
#include "metrics/ssim.h"
#include "metrics/top_k.h"

namespace faultline {

const Registry<SimilarityMetric>& similarity_metrics() {
  static const auto registry = Registry<SimilarityMetric>("metric")
                                   .add<TopK>()
                                   .add<Spearman>()
                                   .add<Kendall>()
                                   .add<Pearson>()
                                   .add<Cosine>()
                                   .add<L1Distance>()
                                   .add<L2Distance>()
                                   .add<LinfDistance>()
                                   .add<MeanSquaredError>()
                                   .add<Ssim>()
                                   .add<HogPearson>()
                                   .add<CenterShift>()
                                   .add<EarthMoversDistance>()
                                   .add<PluginMetric>();
  return registry;
}

}  // namespace faultline
