"""Mathematics of huasuan: arrays in, results out; knows nothing of calls, stores or screens.

Usable as a plain library::

    from huasuan import methods

    methods.wilson(81, 263)  # Interval(estimate=0.308, low=0.255, high=0.366, level=0.95)

A name is loaded when it is first used, because numpy and scipy take a second to load and most commands need neither:
write ``methods.wilson`` at the place of use, or import the name where it is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huasuan.methods.apportion import (
        apportion_by_weight,
        largest_remainder,
    )
    from huasuan.methods.attribution import (
        Credit,
        Stage,
        credit,
        first_touch,
        last_non_direct,
        last_touch,
        linear,
        position,
        shares_of,
        stage_weights,
        time_decay,
    )
    from huasuan.methods.bootstrap import (
        Method,
        Plan,
        RatioInterval,
        Sample,
        difference_of_ratios,
        ratio_of_sums,
        roi,
    )
    from huasuan.methods.erlang import (
        Load,
        Queue,
        Staffing,
        erlang_b,
        erlang_c,
        queue,
        staff,
        waiting_time_quantile,
    )
    from huasuan.methods.experiments import (
        Adjusted,
        Arm,
        Comparison,
        Covaried,
        Odds,
        SplitCheck,
        arm_of_counts,
        arm_of_ratio,
        arm_of_sums,
        arm_of_values,
        beta_binomial,
        covaried_of_sums,
        covaried_of_values,
        cuped,
        relative_lift,
        split_check,
        units_for_means,
        units_for_rates,
        welch,
    )
    from huasuan.methods.holdout import Added, added
    from huasuan.methods.intervals import (
        Interval,
        Reason,
        Unknown,
        benjamini_hochberg,
        clopper_pearson,
        delta_ratio,
        holm,
        jeffreys,
        newcombe_difference,
        skewness_corrected_ratio,
        total_of_moments,
        wilson,
    )
    from huasuan.methods.lifetime import (
        BuyingModel,
        Histories,
        Leaving,
        fit_buying,
        histories,
    )
    from huasuan.methods.lifetime_pareto import (
        ParetoModel,
        fit_pareto,
    )
    from huasuan.methods.lifetime_value import (
        SpendModel,
        discounted_value,
        fit_spend,
    )
    from huasuan.methods.markov import (
        markov_credit,
    )
    from huasuan.methods.paths import (
        Paths,
        last_touches,
        only_firsts,
        paths_of,
        without,
        without_repeats,
    )
    from huasuan.methods.retention import (
        RetentionModel,
        fit_retention,
    )
    from huasuan.methods.scoring import (
        Calibration,
        Rolled,
        Scorer,
        calibrate,
        roll,
        scorer_from_json,
        scorer_to_json,
        train,
    )
    from huasuan.methods.scoring_models import (
        Features,
        boosting_loads,
    )
    from huasuan.methods.scoring_quality import (
        Quality,
        quality,
        stability,
    )
    from huasuan.methods.sequential import (
        anytime_valid,
        crossing_probability,
        obrien_fleming_bounds,
        pocock_bounds,
    )
    from huasuan.methods.shapley import (
        set_shapley,
    )
    from huasuan.methods.shrinkage import (
        BetaPrior,
        GammaPrior,
        JamesStein,
        fit_beta_prior,
        fit_gamma_prior,
        james_stein,
        probability_rate_above,
        probability_ratio_above,
        shrink_rate,
        shrink_ratio,
    )
    from huasuan.methods.survival import (
        Survival,
        SurvivalTime,
        kaplan_meier,
        patience,
    )

_HOMES = {
    "apportion": (
        "apportion_by_weight",
        "largest_remainder",
    ),
    "attribution": (
        "Credit",
        "Stage",
        "credit",
        "first_touch",
        "last_non_direct",
        "last_touch",
        "linear",
        "position",
        "shares_of",
        "stage_weights",
        "time_decay",
    ),
    "bootstrap": (
        "Method",
        "Plan",
        "RatioInterval",
        "Sample",
        "difference_of_ratios",
        "ratio_of_sums",
        "roi",
    ),
    "erlang": (
        "Load",
        "Queue",
        "Staffing",
        "erlang_b",
        "erlang_c",
        "queue",
        "staff",
        "waiting_time_quantile",
    ),
    "experiments": (
        "Adjusted",
        "Arm",
        "Comparison",
        "Covaried",
        "Odds",
        "SplitCheck",
        "arm_of_counts",
        "arm_of_ratio",
        "arm_of_sums",
        "arm_of_values",
        "beta_binomial",
        "covaried_of_sums",
        "covaried_of_values",
        "cuped",
        "relative_lift",
        "split_check",
        "units_for_means",
        "units_for_rates",
        "welch",
    ),
    "holdout": (
        "Added",
        "added",
    ),
    "intervals": (
        "Interval",
        "Reason",
        "Unknown",
        "benjamini_hochberg",
        "clopper_pearson",
        "delta_ratio",
        "holm",
        "jeffreys",
        "newcombe_difference",
        "skewness_corrected_ratio",
        "total_of_moments",
        "wilson",
    ),
    "lifetime": (
        "BuyingModel",
        "Histories",
        "Leaving",
        "fit_buying",
        "histories",
    ),
    "lifetime_pareto": (
        "ParetoModel",
        "fit_pareto",
    ),
    "lifetime_value": (
        "SpendModel",
        "discounted_value",
        "fit_spend",
    ),
    "markov": ("markov_credit",),
    "paths": (
        "Paths",
        "last_touches",
        "only_firsts",
        "paths_of",
        "without",
        "without_repeats",
    ),
    "retention": (
        "RetentionModel",
        "fit_retention",
    ),
    "scoring": (
        "Calibration",
        "Rolled",
        "Scorer",
        "calibrate",
        "roll",
        "scorer_from_json",
        "scorer_to_json",
        "train",
    ),
    "scoring_models": (
        "Features",
        "boosting_loads",
    ),
    "scoring_quality": (
        "Quality",
        "quality",
        "stability",
    ),
    "sequential": (
        "anytime_valid",
        "crossing_probability",
        "obrien_fleming_bounds",
        "pocock_bounds",
    ),
    "shapley": ("set_shapley",),
    "shrinkage": (
        "BetaPrior",
        "GammaPrior",
        "JamesStein",
        "fit_beta_prior",
        "fit_gamma_prior",
        "james_stein",
        "probability_rate_above",
        "probability_ratio_above",
        "shrink_rate",
        "shrink_ratio",
    ),
    "survival": (
        "Survival",
        "SurvivalTime",
        "kaplan_meier",
        "patience",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Added",
    "Adjusted",
    "Arm",
    "BetaPrior",
    "BuyingModel",
    "Calibration",
    "Comparison",
    "Covaried",
    "Credit",
    "Features",
    "GammaPrior",
    "Histories",
    "Interval",
    "JamesStein",
    "Leaving",
    "Load",
    "Method",
    "Odds",
    "ParetoModel",
    "Paths",
    "Plan",
    "Quality",
    "Queue",
    "RatioInterval",
    "Reason",
    "RetentionModel",
    "Rolled",
    "Sample",
    "Scorer",
    "SpendModel",
    "SplitCheck",
    "Staffing",
    "Stage",
    "Survival",
    "SurvivalTime",
    "Unknown",
    "added",
    "anytime_valid",
    "apportion_by_weight",
    "arm_of_counts",
    "arm_of_ratio",
    "arm_of_sums",
    "arm_of_values",
    "benjamini_hochberg",
    "beta_binomial",
    "boosting_loads",
    "calibrate",
    "clopper_pearson",
    "covaried_of_sums",
    "covaried_of_values",
    "credit",
    "crossing_probability",
    "cuped",
    "delta_ratio",
    "difference_of_ratios",
    "discounted_value",
    "erlang_b",
    "erlang_c",
    "first_touch",
    "fit_beta_prior",
    "fit_buying",
    "fit_gamma_prior",
    "fit_pareto",
    "fit_retention",
    "fit_spend",
    "histories",
    "holm",
    "james_stein",
    "jeffreys",
    "kaplan_meier",
    "largest_remainder",
    "last_non_direct",
    "last_touch",
    "last_touches",
    "linear",
    "markov_credit",
    "newcombe_difference",
    "obrien_fleming_bounds",
    "only_firsts",
    "paths_of",
    "patience",
    "pocock_bounds",
    "position",
    "probability_rate_above",
    "probability_ratio_above",
    "quality",
    "queue",
    "ratio_of_sums",
    "relative_lift",
    "roi",
    "roll",
    "scorer_from_json",
    "scorer_to_json",
    "set_shapley",
    "shares_of",
    "shrink_rate",
    "shrink_ratio",
    "skewness_corrected_ratio",
    "split_check",
    "stability",
    "staff",
    "stage_weights",
    "time_decay",
    "total_of_moments",
    "train",
    "units_for_means",
    "units_for_rates",
    "waiting_time_quantile",
    "welch",
    "wilson",
    "without",
    "without_repeats",
]


def __getattr__(name: str) -> object:
    """Load the submodule that holds ``name`` on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"huasuan.methods.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All public names, loaded or not."""
    return sorted(__all__)
