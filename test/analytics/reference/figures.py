"""Computes what the analytics are compared with: by numpy, scipy and statsmodels, on real measurements.

The measurements are the weekly carbon dioxide of Mauna Loa (Keeling and Whorf 2004) and the monthly temperature of the sea at the coast of Peru
(NOAA), both in the public domain and shipped with statsmodels. Writes figures.json beside this file:

    apt-get install python3-statsmodels && python3 test/analytics/reference/figures.py
"""

import json
import pathlib

import numpy
import pandas
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing

co2 = sm.datasets.co2.load_pandas().data["co2"].dropna()
sea = sm.datasets.elnino.load_pandas().data.set_index("YEAR").to_numpy().ravel()
epoch_ms = (co2.index.astype("int64") // 1_000_000).to_numpy()
values = co2.to_numpy()


def statistics(series):
    quartiles = numpy.percentile(series, [5, 25, 50, 75, 95])
    deviation = series.std(ddof=1)
    return {
        "count": len(series),
        "mean": series.mean(),
        "median": numpy.median(series),
        "stddev": deviation,
        "variance": series.var(ddof=1),
        "min": series.min(),
        "max": series.max(),
        "percentiles": quartiles.tolist(),
        "coefficient_of_variation": deviation / abs(series.mean()),
    }


def trend(times_ms, series):
    line = stats.linregress((times_ms - times_ms[0]) / 60_000, series)
    left = series - line.intercept - line.slope * (times_ms - times_ms[0]) / 60_000
    autocorrelation = (left[1:] * left[:-1]).sum() / (left * left).sum()
    effective = min(len(series), len(series) * (1 - autocorrelation) / (1 + autocorrelation))
    t = line.rvalue * numpy.sqrt((effective - 2) / (1 - line.rvalue**2))
    return {
        "slope_per_minute": line.slope,
        "r_squared": line.rvalue**2,
        "p_value": line.pvalue,
        "autocorrelation": autocorrelation,
        "effective_count": effective,
        "adjusted_p_value": float(2 * stats.t.sf(abs(t), effective - 2)),
    }


def line_ahead(series, horizon, confidence):
    steps = numpy.arange(len(series))
    fitted = sm.OLS(series, sm.add_constant(steps)).fit()
    ahead = sm.add_constant(numpy.arange(len(series), len(series) + horizon), has_constant="add")
    frame = fitted.get_prediction(ahead).summary_frame(alpha=1 - confidence)
    return {
        "mean": frame["mean"].tolist(),
        "low": frame["obs_ci_lower"].tolist(),
        "high": frame["obs_ci_upper"].tolist(),
        "rmse": float(numpy.sqrt(fitted.ssr / len(series))),
        "r_squared": fitted.rsquared,
    }


def smoothing(series, season, alpha, beta, gamma, level, slope, seasonal, horizon):
    """With given smoothing and start, so that no search for the best ones is compared."""
    model = ExponentialSmoothing(
        series,
        trend="add",
        seasonal="add" if season > 1 else None,
        seasonal_periods=season if season > 1 else None,
        initialization_method="known",
        initial_level=level,
        initial_trend=slope,
        initial_seasonal=seasonal if season > 1 else None,
    )
    given = {"smoothing_level": alpha, "smoothing_trend": beta}
    if season > 1:
        given["smoothing_seasonal"] = gamma
    fitted = model.fit(optimized=False, **given)
    best = ExponentialSmoothing(
        series,
        trend="add",
        seasonal="add" if season > 1 else None,
        seasonal_periods=season if season > 1 else None,
        initialization_method="heuristic",
    ).fit()
    ets = ETSModel(
        pandas.Series(series, index=pandas.date_range("2000-01-01", periods=len(series), freq="D")),
        error="add",
        trend="add",
        seasonal="add" if season > 1 else None,
        seasonal_periods=season if season > 1 else None,
        initialization_method="known",
        initial_level=level,
        initial_trend=slope,
        initial_seasonal=seasonal if season > 1 else None,
    )
    parameters = [alpha, alpha * beta] + ([gamma] if season > 1 else [])
    names = ets.param_names[: len(parameters)]
    with ets.fix_params(dict(zip(names, parameters))):
        result = ets.fit(disp=False)
    ahead = result.get_prediction(start=len(series), end=len(series) + horizon - 1)
    variance = ahead.forecast_variance
    return {
        "season": season,
        "smoothing": {"alpha": alpha, "beta": beta, "gamma": gamma},
        "initial": {"level": level, "trend": slope, "seasonal": seasonal},
        "squared_error": float(fitted.sse),
        "least_squared_error": float(best.sse),
        "mean": numpy.asarray(ahead.predicted_mean).tolist(),
        "variance_factor": (numpy.asarray(variance) / float(numpy.asarray(variance)[0])).tolist(),
    }


t_table = [
    [t, degrees, float(2 * stats.t.sf(t, degrees))]
    for t in (0.001, 0.1, 0.5, 1, 1.7, 2.5, 5, 12, 40)
    for degrees in (1, 2, 3, 5, 10, 30, 98, 1_000, 2_282, 100_000)
]
correlation = stats.pearsonr(sea[:-3], sea[3:])
first_year = sea[:12]
figures = {
    "made_with": f"numpy {numpy.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}",
    "co2": {"times_ms": epoch_ms.tolist(), "values": values.tolist()},
    "sea": sea.tolist(),
    "t": t_table,
    "statistics": {"co2": statistics(values), "sea": statistics(sea)},
    "trend": {"co2": trend(epoch_ms, values), "sea": trend(numpy.arange(len(sea)) * 60_000.0, sea)},
    "correlation": {"lag": 3, "n": len(sea) - 3, "r": correlation[0], "p_value": correlation[1], "covariance": numpy.cov(sea[:-3], sea[3:])[0, 1]},
    "line": {"confidence": 0.9, **line_ahead(sea[:120], 12, 0.9)},
    "smoothing": [
        smoothing(sea, 12, 0.7, 0.02, 0.1, float(first_year.mean()), 0.01, (first_year - first_year.mean()).tolist(), 24),
        smoothing(values, 1, 0.8, 0.1, 0, float(values[0]), 0.02, [], 24),
    ],
}
path = pathlib.Path(__file__).with_name("figures.json")
path.write_text(json.dumps(figures) + "\n")
