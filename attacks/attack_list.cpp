#include "attacks/annealed_topk.h"
#include "attacks/evolution.h"
#include "attacks/gaussian_noise.h"
#include "attacks/ghorbani_mass_center.h"
#include "attacks/ghorbani_targeted.h"
#include "attacks/ghorbani_topk.h"
#include "attacks/hessian_subspace.h"
#include "attacks/hessian_top.h"
#include "attacks/nes.h"
#include "attacks/plugin.h"
#include "attacks/random_sign.h"
#include "attacks/spsa.h"
#include "attacks/square_search.h"

namespace faultline {

const Registry<Attack>& attacks() {
  static const Registry<Attack> registry = [] {
    Registry<Attack> list("attack");
    list.add<GhorbaniTopk>();
    list.add<AnnealedTopk>();
    list.add<GhorbaniMassCenter>();
    list.add<GhorbaniTargeted>();
    list.add<HessianTop>();
    list.add<HessianSubspace>();
    list.add<Nes>();
    list.add<Spsa>();
    list.add<Evolution>();
    list.add<SquareSearch>();
    list.add<RandomSign>();
    list.add<GaussianNoise>();
    list.add<PluginAttack>();
    return list;
  }();
  return registry;
}

}  // namespace faultline
