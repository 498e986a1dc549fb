#pragma once
// The statistics of conventions 7: one include for what reports and gates need.
#include "metrics/bootstrap.h"
#include "metrics/correlation_interval.h"
#include "metrics/holm.h"
#include "metrics/paired_comparison.h"
#include "metrics/sign_flip.h"
#include "metrics/summary.h"
#include "metrics/wilcoxon.h"
