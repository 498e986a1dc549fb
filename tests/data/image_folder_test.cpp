#ifndef FAULTLINE_CORE_ONLY
#include "data/image_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "core/random.h"
#include "data/files.h"
#include "data/npy.h"
#include "support/shared.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::input_error_of;
using testing::put;

void put_image(const std::string& path, int width = 8, int height = 8, const cv::Scalar& bgr = {30, 20, 10}) {
  fs::create_directories(fs::path(path).parent_path());
  ASSERT_TRUE(cv::imwrite(path, cv::Mat(height, width, CV_8UC3, bgr)));
}

DatasetOptions shaped(std::vector<int64_t> shape, int64_t short_side = 0) {
  DatasetOptions options;
  options.input_shape = std::move(shape);
  options.short_side = short_side;
  return options;
}

TEST(ImageFolder, SubFoldersAreClasses) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("dog/b.png"));
  put_image(folder.file("cat/deep/a.png"));
  put_image(folder.file("cat/z.png"));
  put(folder.file("readme.md"), "text");
  const auto data = open_image_folder(folder.path(), shaped({3, 8, 8}));
  ASSERT_EQ(data->size(), 3);
  EXPECT_EQ(data->info(0).name, "cat/deep/a.png");
  EXPECT_EQ(data->info(0).id, fnv1a64("cat/deep/a.png"));
  EXPECT_EQ(*data->info(1).label, 0);
  EXPECT_EQ(*data->info(2).label, 1);
  EXPECT_EQ(data->class_names(), (std::vector<std::string>{"cat", "dog"}));
  ASSERT_EQ(data->notes().size(), 1u);
  EXPECT_THAT(data->notes()[0], HasSubstr("1 files"));
}

TEST(ImageFolder, WithoutFoldersOrTableThereAreNoLabels) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("a.png"));
  EXPECT_FALSE(open_image_folder(folder.path(), {})->info(0).label.has_value());
  put_image(folder.file("c/a.png"));
  EXPECT_THAT(input_error_of([&] { open_image_folder(folder.path(), {}); }), HasSubstr("beside"));
}

TEST(ImageFolder, LabelsComeFromTheTable) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("a, b.png"));
  put_image(folder.file("c.png"));
  put_image(folder.file("d.png"));
  put(folder.file("labels.csv"), "file,label,name\r\n\"a, b.png\",7,\"say \"\"seven\"\"\"\r\nc.png,2\r\n");
  const auto data = open_image_folder(folder.path(), {});
  EXPECT_EQ(*data->info(0).label, 7);
  EXPECT_EQ(*data->info(1).label, 2);
  EXPECT_FALSE(data->info(2).label.has_value());
  EXPECT_EQ(data->class_names().at(7), "say \"seven\"");
  EXPECT_THAT(data->notes().at(0), HasSubstr("1 images are not in labels.csv"));
}

TEST(ImageFolder, ATableMayLackItsHeader) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("a.png"));
  put(folder.file("labels.csv"), "a.png,7\n");
  EXPECT_EQ(*open_image_folder(folder.path(), {})->info(0).label, 7);
}

TEST(ImageFolder, ClassNamesComeFromAListThatNamesThemAll) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("a.png"));
  put_image(folder.file(".hidden.png"));
  put(folder.file("labels.csv"), "a.png,1\n");
  put(folder.file("classes.txt"), "cat\r\ndog");
  const auto data = open_image_folder(folder.path(), shaped({3, 8, 8}));
  EXPECT_EQ(data->size(), 1) << "names that begin with a dot are not looked at";
  EXPECT_EQ(data->class_names(), (std::vector<std::string>{"cat", "dog"}));
  put(folder.file("classes.txt"), "cat\n");
  EXPECT_THAT(input_error_of([&] {
                open_image_folder(folder.path(), shaped({3, 8, 8}));
              }),
              HasSubstr("names 1 classes, and a label is 1"));
}

TEST(ImageFolder, RefusesABadTable) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("a.png"));
  const auto message = [&](const std::string& rows) {
    put(folder.file("labels.csv"), "file,label\n" + rows);
    return input_error_of([&] { open_image_folder(folder.path(), {}); });
  };
  EXPECT_THAT(message(""), HasSubstr("holds no rows"));
  EXPECT_THAT(message("a.png\n"), HasSubstr("line 2"));
  EXPECT_THAT(message("\na.png,x\n"), HasSubstr("line 3: has the class 'x'"));
  EXPECT_THAT(message("a.png,-1\n"), HasSubstr("-1"));
  EXPECT_THAT(message("a.png,99999999999\n"), HasSubstr("99999999999"));
  EXPECT_THAT(message("b.png,1\n"), HasSubstr("b.png"));
  EXPECT_THAT(message("../a.png,1\n"), HasSubstr("../a.png"));
  EXPECT_THAT(message("a.png,1\na.png,1\n"), HasSubstr("second time"));
  EXPECT_THAT(message("\"a.png,1\n"), HasSubstr("quote"));
  EXPECT_THAT(message("\"a\".png,1\n"), HasSubstr("quote"));
  EXPECT_THAT(message("a.png,1\n" + std::string(1, '\0')), HasSubstr("NUL"));
}

TEST(ImageFolder, AFileThatCannotBeDecodedIsASampleWithAReason) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("good.png"));
  put(folder.file("text.png"), "this is not an image");
  put(folder.file("empty.jpg"), "");
  std::ifstream in(folder.file("good.png"), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  bytes.replace(16, 8, std::string("\x00\x01\x00\x00\x00\x01\x00\x00", 8));  // 65536 x 65536 pixels
  put(folder.file("huge.png"), bytes);
  const auto data = open_image_folder(folder.path(), {});
  ASSERT_EQ(data->size(), 4);
  for (int64_t i = 0; i < 4; ++i) {
    const LoadedSample sample = data->load(i);
    const std::string name = data->info(i).name;
    EXPECT_EQ(sample.reason, name == "good.png" ? "" : "undecodable") << name;
    EXPECT_EQ(sample.input.defined(), name == "good.png") << name;
    EXPECT_EQ(sample.detail.find("65536 x 65536") != std::string::npos, name == "huge.png") << sample.detail;
  }
}

TEST(ImageFolder, ConvertsBetweenGreyAndColour) {
  const testing::TemporaryFolder folder;
  put_image(folder.file("colour.png"), 8, 8, {30, 20, 10});
  ASSERT_TRUE(cv::imwrite(folder.file("grey.png"), cv::Mat(8, 8, CV_8UC1, cv::Scalar(77))));
  const auto rgb = open_image_folder(folder.path(), shaped({3, 8, 8}));
  const at::Tensor colour = rgb->load(0).input * 255, repeated = rgb->load(1).input * 255;
  EXPECT_TRUE(colour.mean(at::IntArrayRef{1, 2}).allclose(at::tensor(std::vector<float>{10, 20, 30})));
  EXPECT_TRUE(repeated.allclose(at::full({3, 8, 8}, 77.0)));
  const auto grey = open_image_folder(folder.path(), shaped({1, 8, 8}));
  EXPECT_TRUE((grey->load(1).input * 255).allclose(at::full({1, 8, 8}, 77.0)));
  EXPECT_NEAR(grey->load(0).input.max().item<double>() * 255, 0.299 * 10 + 0.587 * 20 + 0.114 * 30, 0.5);  // rounded to a byte
}

TEST(ImageFolder, ResizesTheShortSideAndCropsTheCentre) {
  const testing::TemporaryFolder folder;
  // 40 x 20: left half black, right half white; the centre square of the halved picture has its edge in the middle.
  cv::Mat picture(20, 40, CV_8UC3, cv::Scalar(0, 0, 0));
  picture(cv::Rect(20, 0, 20, 20)).setTo(cv::Scalar(255, 255, 255));
  ASSERT_TRUE(cv::imwrite(folder.file("a.png"), picture));
  const at::Tensor halved = open_image_folder(folder.path(), shaped({3, 10, 10}, 10))->load(0).input;
  EXPECT_EQ(halved.sizes().vec(), (std::vector<int64_t>{3, 10, 10}));
  EXPECT_TRUE(halved.slice(2, 0, 5).equal(at::zeros({3, 10, 5})));
  EXPECT_TRUE(halved.slice(2, 5, 10).equal(at::ones({3, 10, 5})));
  const at::Tensor enlarged = open_image_folder(folder.path(), shaped({3, 40, 40}, 40))->load(0).input;
  EXPECT_EQ(enlarged.sizes().vec(), (std::vector<int64_t>{3, 40, 40}));
  EXPECT_TRUE(enlarged.slice(2, 0, 18).equal(at::zeros({3, 40, 18})));
}

TEST(ImageFolder, AnImageOfTheWantedSizeIsNotResized) {
  const testing::TemporaryFolder folder;
  cv::Mat picture(32, 32, CV_8UC3);
  for (int i = 0; i < 32 * 32 * 3; ++i) picture.data[i] = static_cast<unsigned char>(i * 7);
  ASSERT_TRUE(cv::imwrite(folder.file("a.png"), picture));
  const at::Tensor input = open_image_folder(folder.file("a.png"), shaped({3, 32, 32}))->load(0).input;
  EXPECT_NEAR(input[2][0][0].item<double>() * 255, 0, 1e-4);
  EXPECT_NEAR(input[0][0][0].item<double>() * 255, 14, 1e-4);
  EXPECT_NEAR(input[2][0][1].item<double>() * 255, 21, 1e-4);
}

TEST(ImageFolder, RefusesAnEmptyFolderAndAShapeNoImageHas) {
  const testing::TemporaryFolder folder;
  EXPECT_THAT(input_error_of([&] { open_image_folder(folder.path(), {}); }), HasSubstr("holds no images"));
  put_image(folder.file("a.png"));
  for (const auto& shape : {std::vector<int64_t>{3, 8}, {2, 8, 8}, {3, 0, 8}, {3, 8, 100000}}) {
    EXPECT_THROW(open_image_folder(folder.path(), shaped(shape)), Error);
  }
}

TEST(ImageFolder, ReadsTheImageNetSamplesAsTheReferenceDoes) {
  FAULTLINE_NEEDS_SHARED(shared);
  const auto data = open_image_folder(shared + "/data/imagenet", {});
  EXPECT_EQ(data->size(), 34);
  EXPECT_TRUE(data->notes().empty());
  EXPECT_EQ(data->class_names().size(), 1000u);
  const at::Tensor reference = read_npy(shared + "/reference/io/squeezenet1_0_imagenet.inputs.npy").values;
  int compared = 0;
  for (int64_t i = 0; i < data->size(); ++i) {
    const SampleInfo info = data->info(i);
    EXPECT_EQ(*info.label, std::stoi(info.name.substr(0, 3)));
    if (*info.label != 284 && *info.label != 130) continue;
    const at::Tensor difference = (data->load(i).input - reference[*info.label == 284 ? 0 : 1]).abs() * 255;
    // Three grey levels: JPEG decoders round their transforms differently (Debian 12's agrees exactly).
    EXPECT_LE(difference.max().item<double>(), 3.001) << info.name;
    EXPECT_LE(difference.mean().item<double>(), 0.5) << info.name;
    ++compared;
  }
  EXPECT_EQ(compared, 2);
}

}  // namespace
}  // namespace faultline
#endif
