#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "suites/run_store.h"
#include "suites/shift_conditions.h"

namespace faultline {

/// Reference inputs that explainers read from files lie here inside the run folder while the suite runs; the names go on.
inline const char* const kBaselineFiles = "maps/baseline-";

/// A data set whose inputs are all shifted.
std::shared_ptr<const Dataset> shifted_dataset(std::shared_ptr<const Dataset> data, const at::Tensor& m);

/// A network and an explainer for it.
struct ShiftedPair {
  Network network;
  std::shared_ptr<const Explainer> explainer;
};

/// Network 1 and network 2 of every condition, each with its explainer, in either dtype: made once by whichever unit needs them
/// first. Explainers that learn are fitted again, on the network they explain and in its dtype. Safe to use from several threads.
class ShiftNetworks {
 public:
  ShiftNetworks(const Audit& audit, const RunStore& store) : audit_(audit), store_(store) {}

  /// The audit's network in this dtype, as the data are.
  ShiftedPair first(const Subject& subject, ShiftReference reference, at::ScalarType dtype);
  /// The network that reads shifted inputs. Throws what fit() throws.
  ShiftedPair second(const Subject& subject, const ShiftCondition& condition, at::ScalarType dtype);

 private:
  template <class T>
  struct Slot {
    std::once_flag once;
    T value;
  };
  template <class T>
  const T& made(std::map<std::string, std::shared_ptr<Slot<T>>>* slots, const std::string& key, const std::function<T()>& make);

  const Network& network(at::ScalarType dtype) const;
  const Network& second_network(const InputShift& shift, Compensation compensation, at::ScalarType dtype);
  std::shared_ptr<const Explainer> explainer(const Subject& subject, ShiftReference reference, const InputShift* shift,
                                             const Network& network, const std::string& place);
  std::shared_ptr<const Explainer> fitted(const Spec& spec, const Network& network, const InputShift* shift) const;
  Spec reference_spec(const Subject& subject, ShiftReference reference, const InputShift* shift, at::ScalarType dtype);
  at::Tensor mean_of_data();

  const Audit& audit_;
  const RunStore& store_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot<at::Tensor>>> means_;
  std::map<std::string, std::shared_ptr<Slot<Network>>> networks_;
  std::map<std::string, std::shared_ptr<Slot<std::shared_ptr<const Explainer>>>> explainers_;
};

}  // namespace faultline
