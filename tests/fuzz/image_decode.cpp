#include "data/image_decode.h"

#include "fuzz/target.h"

/// The decoders are OpenCV's; what is ours is that they are asked only for what the header says.
FAULTLINE_FUZZ_TARGET(image_decode) {
  faultline::ImagePlan plan;
  plan.height = plan.width = plan.short_side = 8;
  const auto sample = faultline::decode_image(reinterpret_cast<const unsigned char*>(input.data()), input.size(), plan);
  if (sample.reason.empty() != sample.input.defined()) faultline::fuzz::broken("a sample has pixels or a reason");
}
