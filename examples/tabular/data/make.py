"""Writes housing.csv and diabetes.csv: tables with familiar columns whose rows are drawn from the formulas below."""

import csv
import math
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, header, rows):
    with open(os.path.join(HERE, name), "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def housing(draw):
    centre = draw.random()  # how near to the centre of the town
    crime = round(math.exp(draw.gauss(-2 + 3 * centre, 1)), 4)
    large = draw.choice([0, 0, 0, 12.5, 25, 80]) if centre < 0.6 else 0
    industry = round(min(27, max(0.5, draw.gauss(4 + 15 * centre, 4))), 2)
    river = int(draw.random() < 0.07)
    nitrogen = round(0.38 + 0.35 * centre + draw.gauss(0, 0.04), 3)
    rooms = round(draw.gauss(6.3, 0.7), 3)
    age = round(min(100, max(3, draw.gauss(45 + 45 * centre, 20))), 1)
    distance = round(max(1.1, 8 - 6.5 * centre + draw.gauss(0, 0.8)), 4)
    roads = draw.choice([1, 2, 3, 4, 5, 6, 8] if centre < 0.7 else [5, 8, 24, 24])
    tax = int(220 + 20 * roads + draw.gauss(0, 30))
    pupils = round(draw.gauss(18.4, 2), 1)
    poor = round(max(1.7, draw.gauss(6 + 14 * centre - 3 * (rooms - 6.3), 3.5)), 2)
    value = (
        22
        + 6.5 * (rooms - 6.3)
        + 1.2 * (rooms - 6.3) ** 2
        - 0.55 * (poor - 12)
        - 0.9 * (pupils - 18.4)
        + 3 * river
        - 12 * (nitrogen - 0.55)
        - 0.6 * math.log1p(crime) * (1 + 0.3 * centre)
        - 0.8 * (distance - 4)
        + draw.gauss(0, 2)
    )
    return [
        crime,
        large,
        industry,
        river,
        nitrogen,
        rooms,
        age,
        distance,
        roads,
        tax,
        pupils,
        poor,
        round(min(50, max(5, value)), 1),
    ]


def patient(draw):
    age = int(min(81, 21 + draw.expovariate(1 / 12)))
    births = min(17, int(draw.expovariate(1 / (0.5 + 0.12 * (age - 18)))))
    mass = round(min(67, max(18, draw.gauss(32, 7))), 1)
    pedigree = round(min(2.4, 0.08 + draw.expovariate(1 / 0.4)), 3)
    glucose = int(min(199, max(44, draw.gauss(108 + 0.3 * (age - 33) + 0.5 * (mass - 32), 28))))
    pressure = int(min(122, max(24, draw.gauss(66 + 0.25 * (age - 33) + 0.3 * (mass - 32), 11))))
    skin = int(max(7, draw.gauss(21 + 0.8 * (mass - 32), 7)))
    insulin = int(max(14, draw.gauss(80 + 1.4 * (glucose - 110), 55)))
    score = (
        -1.1
        + 0.045 * (glucose - 120)
        + 0.09 * (mass - 32)
        + 1.1 * (pedigree - 0.47)
        + 0.03 * (age - 33)
        + 0.05 * births
        + 0.0006 * (glucose - 120) * (mass - 32)
    )
    return [
        births,
        glucose,
        pressure,
        skin,
        insulin,
        mass,
        pedigree,
        age,
        int(draw.random() < 1 / (1 + math.exp(-1.3 * score))),
    ]


draw = random.Random(7)
write(
    "housing.csv",
    [
        "CRIM",
        "ZN",
        "INDUS",
        "CHAS",
        "NOX",
        "RM",
        "AGE",
        "DIS",
        "RAD",
        "TAX",
        "PTRATIO",
        "LSTAT",
        "MEDV",
    ],
    [housing(draw) for _ in range(506)],
)
write(
    "diabetes.csv",
    [
        "Pregnancies",
        "Glucose",
        "BloodPressure",
        "SkinThickness",
        "Insulin",
        "BMI",
        "DiabetesPedigreeFunction",
        "Age",
        "Outcome",
    ],
    [patient(draw) for _ in range(768)],
)
