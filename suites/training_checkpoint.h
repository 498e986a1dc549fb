#pragma once
#include <string>
#include <vector>

#include "models/training.h"

namespace faultline {

/// What was measured of every trainee in one epoch: one number each.
struct EpochFigures {
  std::vector<double> losses;      ///< mean while training
  std::vector<double> accuracies;  ///< after it, in evaluation mode, on the labels that it was trained on
};

/// How far several trainings that go on in step have come.
struct TrainingCheckpoint {
  std::vector<TrainingState> states;  ///< one a trainee
  std::vector<EpochFigures> history;  ///< one an epoch
  std::string failure;                ///< one sentence where training cannot go on, else ""
};

/// Writes the checkpoint aside and renames: a safetensors file of `TRAINEE|parameter|I`, `|first|I` and `|second|I`, with the
/// history and a digest of all of it as metadata. fingerprint: of what is trained on what and how.
void write_checkpoint(const std::string& path, const TrainingCheckpoint& checkpoint, const std::string& fingerprint);

/// Reads it as untrusted. like: the states that it has to fit. Throws input where it is damaged, does not fit, or is of another
/// training.
TrainingCheckpoint read_checkpoint(const std::string& path, const std::vector<TrainingState>& like,
                                   const std::string& fingerprint);

}  // namespace faultline
