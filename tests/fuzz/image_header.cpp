#include "data/image_header.h"

#include "fuzz/target.h"

FAULTLINE_FUZZ_TARGET(image_header) {
  const auto extent = faultline::image_extent(reinterpret_cast<const unsigned char*>(input.data()), input.size());
  if (extent && (extent->width == 0 || extent->height == 0)) faultline::fuzz::broken("an extent has pixels");
}
