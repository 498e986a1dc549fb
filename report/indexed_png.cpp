#include "report/indexed_png.h"

#include <png.h>

#include <algorithm>
#include <stdexcept>

namespace faultline {

std::vector<uint8_t> indexed_png(const std::vector<uint8_t>& indices, int width, int height, const std::vector<Colour>& colours) {
  if (width < 1 || height < 1 || indices.size() != static_cast<size_t>(width) * static_cast<size_t>(height))
    throw std::logic_error("the picture is not as large as it says");
  if (colours.size() > 256 || *std::max_element(indices.begin(), indices.end()) >= colours.size())
    throw std::logic_error("a pixel has no colour");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB_COLORMAP;
  image.colormap_entries = static_cast<png_uint_32>(colours.size());
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<uint8_t> bytes(size);
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, indices.data(), width, colours.data()))
    throw std::runtime_error(std::string("libpng: ") + image.message);
  bytes.resize(size);
  return bytes;
}

}  // namespace faultline
